-- id: posting_hours
-- version: 1
-- valid_from: 2026-11-24
-- group: activity
-- unit: hours of the week
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Horas de la semana en uso
--   ca-ES-valencia: Hores de la setmana en ús
--   en: Hours of the week in use
-- formula:
--   es: En cuántas de las 168 horas de la semana se reparten las publicaciones propias, como número efectivo, la exponencial de la entropía de Shannon. 1 si todas salen a la misma hora del mismo día; con pocas publicaciones es bajo por fuerza.
--   ca-ES-valencia: En quantes de les 168 hores de la setmana es reparteixen les publicacions pròpies, com a nombre efectiu, l'exponencial de l'entropia de Shannon. 1 si totes ixen a la mateixa hora del mateix dia; amb poques publicacions és baix per força.
--   en: Over how many of the week's 168 hours the own posts are spread, as an effective number, the exponential of Shannon's entropy. 1 where all come out in the same hour of the same day; with few posts it is low of necessity.
-- unknowns:
--   es: Entran las publicaciones de las cuentas leídas; las cuentas sin leer se indican.
--   ca-ES-valencia: Hi entren les publicacions dels comptes llegits; els comptes sense llegir s'indiquen.
--   en: The publications of accounts that were read enter; accounts that were not are told of.
-- denominator:
--   es: Sin publicaciones propias no hay número.
--   ca-ES-valencia: Sense publicacions pròpies no hi ha nombre.
--   en: Without own posts there is no number.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta lo que publicó mientras estuvo abierta; no se extrapola al periodo entero.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta el que va publicar mentre va estar obert; no s'extrapola al període sencer.
--   en: An account opened or closed during the period gives what it published while it was open; nothing is scaled up to the whole period.
-- source: Hill (1973), Ecology 54:427, diversity of order 1
SELECT unit, start AS window, if(n = 0, NULL, exp2(entropyArrayIf(arrayMap(t -> toDayOfWeek(toDateTime(t, zone)) * 24 + toHour(toDateTime(t, zone)), own_moments), read))) AS value,
    sumIf(own, read) AS n, countIf(NOT read) AS unknown
FROM activity
GROUP BY unit, start
