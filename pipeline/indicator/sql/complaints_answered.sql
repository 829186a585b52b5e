-- id: complaints_answered
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Quejas contestadas
--   ca-ES-valencia: Queixes contestades
--   en: Complaints answered
-- formula:
--   es: De cada cien mensajes del periodo que son quejas, cuántos tuvieron respuesta en siete días.
--   ca-ES-valencia: De cada cent missatges del període que són queixes, quants van tindre resposta en set dies.
--   en: Of a hundred messages of the period that are complaints, how many had an answer within seven days.
-- unknowns:
--   es: No entran los mensajes que aún no llevaban siete días cuando se leyó la cuenta por última vez; se indica cuántos son. Las menciones de otras cuentas de la institución no cuentan como mensajes. Las cuentas cuya fuente no muestra mensajes no entran. La clase la da el programa al recibir el mensaje, antes de borrar el texto; su acierto está en docs/senses.md. Los mensajes cuya clase no se supo no entran.
--   ca-ES-valencia: No hi entren els missatges que encara no tenien set dies quan es va llegir el compte per última vegada; s'indica quants són. Les mencions d'altres comptes de la institució no compten com a missatges. Els comptes la font dels quals no mostra missatges no hi entren. La classe la dona el programa en rebre el missatge, abans d'esborrar el text; el seu encert està en docs/senses.md. Els missatges la classe dels quals no es va saber no hi entren.
--   en: Messages less than seven days old when the account was last read do not enter; their number is given. Mentions by other accounts of the institution do not count as messages. Accounts whose source shows no messages do not enter. The program tells the kind when the message comes in, before its text is dropped; how well is said in docs/senses.md. Messages whose kind was not told do not enter.
-- denominator:
--   es: Sin mensajes decididos no hay porcentaje, ni 0 ni 100.
--   ca-ES-valencia: Sense missatges decidits no hi ha percentatge, ni 0 ni 100.
--   en: Without decided messages there is no percentage, neither 0 nor 100.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: Ajuntament de València, memoria 2019 (answered / received), by presencia's own kinds
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(answered_of['complaint'], heard) / n) AS value, sumIf(decided_of['complaint'], heard) AS n,
    sumIf(undecided_of['complaint'], heard) + countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
