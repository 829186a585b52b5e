-- id: time_to_first_answer
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: hours
-- kind: ratio
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 12
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Tiempo hasta la primera respuesta
--   ca-ES-valencia: Temps fins a la primera resposta
--   en: Time to first answer
-- formula:
--   es: Mediana de las horas de reloj entre cada mensaje recibido en el periodo y la primera respuesta de la institución. El silencio cuenta como espera; toda espera se corta en 168 horas (siete días).
--   ca-ES-valencia: Mediana de les hores de rellotge entre cada missatge rebut en el període i la primera resposta de la institució. El silenci compta com a espera; tota espera es talla en 168 hores (set dies).
--   en: Median of the clock hours between each message received in the period and the institution's first answer. Silence counts as waiting; every wait is cut at 168 hours (seven days).
-- unknowns:
--   es: No entran los mensajes que aún no llevaban siete días cuando se leyó la cuenta por última vez, contestados o no; se indica cuántos son. Las menciones de otras cuentas de la institución no cuentan como mensajes. Una mediana de 168 significa que la mitad o más quedó sin respuesta en una semana.
--   ca-ES-valencia: No hi entren els missatges que encara no tenien set dies quan es va llegir el compte per última vegada, contestats o no; s'indica quants són. Les mencions d'altres comptes de la institució no compten com a missatges. Una mediana de 168 significa que la mitat o més va quedar sense resposta en una setmana.
--   en: Messages less than seven days old when the account was last read do not enter, answered or not; their number is given. Mentions by other accounts of the institution do not count as messages. A median of 168 means that half or more had no answer within a week.
-- denominator:
--   es: Sin mensajes decididos no hay mediana.
--   ca-ES-valencia: Sense missatges decidits no hi ha mediana.
--   en: Without decided messages there is no median.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: digital.gov, Social Media Metrics for Federal Agencies (2013), engagement responsiveness; the median and the silence kept in are presencia's, since means over answered messages leave the failures out
SELECT unit, start AS window, if(n = 0, NULL, quantileExactInclusiveArrayIf(0.5)(hours, heard)) AS value, sumIf(length(hours), heard) AS n,
    sumIf(undecided, heard) + countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
