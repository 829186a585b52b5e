-- id: ties_reciprocated
-- version: 1
-- valid_from: 2026-11-24
-- group: cohesion
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department]
-- title:
--   es: Lazos correspondidos
--   ca-ES-valencia: Llaços correspostos
--   en: Ties that are returned
-- formula:
--   es: De cada cien lazos entre cuentas propias, cuántos tienen en el mismo periodo el lazo contrario.
--   ca-ES-valencia: De cada cent llaços entre comptes propis, quants tenen en el mateix període el llaç contrari.
--   en: Of a hundred ties between own accounts, how many have the opposite tie in the same period.
-- unknowns:
--   es: Solo entran cuentas leídas cuya fuente muestra menciones; las no leídas se indican. Una respuesta se reconoce por el nombre que lleva dentro. Depende de la duración del periodo; compárense periodos iguales.
--   ca-ES-valencia: Només hi entren comptes llegits la font dels quals mostra mencions; els no llegits s'indiquen. Una resposta es reconeix pel nom que porta dins. Depén de la duració del període; comparen-se períodes iguals.
--   en: Only accounts that were read and whose source shows mentions enter; those not read are told of. An answer is recognised by the name in it. It depends on the length of the period; compare equal ones.
-- denominator:
--   es: Sin ningún lazo no hay porcentaje.
--   ca-ES-valencia: Sense cap llaç no hi ha percentatge.
--   en: Without any tie there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra como las demás si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra com els altres si va estar obert en alguna part d'ell.
--   en: An account opened or closed during the period enters like the others if it was open in some part of it.
-- source: Wasserman & Faust (1994), Social Network Analysis, section 13.1 (reciprocity of arcs)
SELECT m.unit AS unit, m.start AS window, if(n = 0, NULL, 100 * a.counted / n) AS value, a.arcs AS n, m.unread AS unknown
FROM (SELECT unit, start, countIf(NOT read) AS unread FROM members GROUP BY unit, start) AS m
LEFT JOIN
(
    SELECT unit, start, count() AS arcs, countIf(returned) AS counted
    FROM arcs
    GROUP BY unit, start
) AS a ON a.unit = m.unit AND a.start = m.start
