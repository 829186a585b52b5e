-- id: time_to_first_answer_p90
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: hours
-- kind: ratio
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 24
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Tiempo de espera del 10 % que más espera
--   ca-ES-valencia: Temps d'espera del 10 % que més espera
--   en: Wait of the slowest tenth
-- formula:
--   es: Percentil 90 de las horas de reloj entre cada mensaje recibido en el periodo y la primera respuesta. El silencio cuenta como espera; toda espera se corta en 168 horas (siete días).
--   ca-ES-valencia: Percentil 90 de les hores de rellotge entre cada missatge rebut en el període i la primera resposta. El silenci compta com a espera; tota espera es talla en 168 hores (set dies).
--   en: 90th percentile of the clock hours between each message received in the period and the first answer. Silence counts as waiting; every wait is cut at 168 hours (seven days).
-- unknowns:
--   es: No entran los mensajes que aún no llevaban siete días cuando se leyó la cuenta por última vez; se indica cuántos son. Las menciones de otras cuentas de la institución no cuentan como mensajes. Las cuentas cuya fuente no muestra mensajes no entran.
--   ca-ES-valencia: No hi entren els missatges que encara no tenien set dies quan es va llegir el compte per última vegada; s'indica quants són. Les mencions d'altres comptes de la institució no compten com a missatges. Els comptes la font dels quals no mostra missatges no hi entren.
--   en: Messages less than seven days old when the account was last read do not enter; their number is given. Mentions by other accounts of the institution do not count as messages. Accounts whose source shows no messages do not enter.
-- denominator:
--   es: Sin mensajes decididos no hay percentil.
--   ca-ES-valencia: Sense missatges decidits no hi ha percentil.
--   en: Without decided messages there is no percentile.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: the opposite of Facebook Pages' response time, which is the mean of the fastest 90 % and so leaves the failures out
SELECT unit, start AS window, if(n = 0, NULL, quantileExactInclusiveArrayIf(0.9)(hours, heard)) AS value, sumIf(length(hours), heard) AS n,
    sumIf(undecided, heard) + countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
