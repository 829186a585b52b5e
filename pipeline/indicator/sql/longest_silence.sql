-- id: longest_silence
-- version: 1
-- valid_from: 2026-11-24
-- group: activity
-- unit: days
-- kind: ratio
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 3
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Silencio más largo
--   ca-ES-valencia: Silenci més llarg
--   en: Longest silence
-- formula:
--   es: Media, sobre las cuentas, del tiempo más largo del periodo sin ninguna publicación, en días. Los bordes del periodo cuentan como publicaciones.
--   ca-ES-valencia: Mitjana, sobre els comptes, del temps més llarg del període sense cap publicació, en dies. Les vores del període compten com a publicacions.
--   en: Mean over the accounts of the longest time within the period without any publication, in days. The edges of the period count as publications.
-- unknowns:
--   es: Las cuentas sin leer no entran; se indica cuántas son. Una cuenta leída sin publicaciones tiene por silencio todo el periodo.
--   ca-ES-valencia: Els comptes sense llegir no hi entren; s'indica quants són. Un compte llegit sense publicacions té per silenci tot el període.
--   en: Accounts that were not read do not enter; their number is given. For an account that was read without publications the silence is the whole period.
-- denominator:
--   es: Sin cuentas leídas no hay media.
--   ca-ES-valencia: Sense comptes llegits no hi ha mitjana.
--   en: Without accounts that were read there is no mean.
-- midway:
--   es: De una cuenta abierta, cerrada o leída solo en una parte del periodo cuenta esa parte.
--   ca-ES-valencia: D'un compte obert, tancat o llegit només en una part del període compta eixa part.
--   en: Of an account that was open or read in a part of the period only, that part counts.
-- source: presencia's own measure
SELECT unit, start AS window, if(n = 0, NULL, avgIf(silence, read)) AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM
(
    SELECT unit, start, read, arrayConcat([begin], arraySort(arrayFilter(t -> t > begin AND t < finish, moments)), [finish]) AS edges,
        arrayMax(arrayDifference(edges)) / 86400 AS silence
    FROM activity
)
GROUP BY unit, start
