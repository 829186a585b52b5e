-- id: isolated_accounts
-- version: 1
-- valid_from: 2026-11-24
-- group: cohesion
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department]
-- title:
--   es: Cuentas aisladas
--   ca-ES-valencia: Comptes aïllats
--   en: Isolated accounts
-- formula:
--   es: De cada cien cuentas leídas que podrían tener lazos, cuántas no tuvieron ninguno en el periodo, ni hacia otra cuenta de la institución ni desde ella.
--   ca-ES-valencia: De cada cent comptes llegits que podrien tindre llaços, quants no en van tindre cap en el període, ni cap a un altre compte de la institució ni des d'ell.
--   en: Of a hundred accounts read that could have ties, how many had none in the period, neither to another account of the institution nor from one.
-- unknowns:
--   es: Solo entran cuentas leídas cuya fuente muestra menciones; las no leídas se indican. Una respuesta se reconoce por el nombre que lleva dentro. Depende de la duración del periodo; compárense periodos iguales.
--   ca-ES-valencia: Només hi entren comptes llegits la font dels quals mostra mencions; els no llegits s'indiquen. Una resposta es reconeix pel nom que porta dins. Depén de la duració del període; comparen-se períodes iguals.
--   en: Only accounts that were read and whose source shows mentions enter; those not read are told of. An answer is recognised by the name in it. It depends on the length of the period; compare equal ones.
-- denominator:
--   es: Sin cuentas leídas no hay porcentaje.
--   ca-ES-valencia: Sense comptes llegits no hi ha percentatge.
--   en: Without accounts read there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra como las demás si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra com els altres si va estar obert en alguna part d'ell.
--   en: An account opened or closed during the period enters like the others if it was open in some part of it.
-- source: Wasserman & Faust (1994), Social Network Analysis, section 4.2 (isolates)
SELECT unit, start AS window, if(n = 0, NULL, 100 * countIf(read AND t.ties = 0) / n) AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM members
LEFT JOIN
(
    SELECT account, start, count() AS ties
    FROM (SELECT start, arrayJoin([source, target]) AS account FROM arcs)
    GROUP BY account, start
) AS t USING (account, start)
GROUP BY unit, start
