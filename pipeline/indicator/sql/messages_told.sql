-- id: messages_told
-- version: 1
-- valid_from: 2026-11-24
-- group: conversation
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Mensajes de clase conocida
--   ca-ES-valencia: Missatges de classe coneguda
--   en: Messages of known kind
-- formula:
--   es: De cada cien mensajes recibidos en el periodo, de cuántos se supo si eran consulta, queja, incidencia, agradecimiento u otra cosa. Dice cuánto valen las cifras por clase.
--   ca-ES-valencia: De cada cent missatges rebuts en el període, de quants es va saber si eren consulta, queixa, incidència, agraïment o una altra cosa. Diu quant valen les xifres per classe.
--   en: Of a hundred messages received in the period, of how many it was told whether they were a query, a complaint, an incident, thanks or something else. It says what the figures by kind are worth.
-- unknowns:
--   es: Las cuentas cuyos mensajes no se pudieron escuchar se indican. El acierto de las clases conocidas está en docs/senses.md.
--   ca-ES-valencia: Els comptes els missatges dels quals no es van poder escoltar s'indiquen. L'encert de les classes conegudes està en docs/senses.md.
--   en: Accounts whose messages could not be heard are told of. How often the told kinds are right is said in docs/senses.md.
-- denominator:
--   es: Sin mensajes no hay porcentaje.
--   ca-ES-valencia: Sense missatges no hi ha percentatge.
--   en: Without messages there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: presencia's own measure of its sense
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(length(hours) + undecided - decided_of[''] - undecided_of[''], heard) / n) AS value,
    sumIf(length(hours) + undecided, heard) AS n, countIf(deaf) AS unknown
FROM heard
GROUP BY unit, start
