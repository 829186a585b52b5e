-- id: weeks_with_post
-- version: 1
-- valid_from: 2026-11-24
-- group: activity
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: true
-- worthwhile: 10
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Semanas con publicación
--   ca-ES-valencia: Setmanes amb publicació
--   en: Weeks with a publication
-- formula:
--   es: De cien semanas de calendario de las cuentas, en cuántas hubo al menos una publicación (propia, respuesta o difundida). Una semana, de lunes a domingo en la hora de la institución, es del periodo en el que cae su jueves.
--   ca-ES-valencia: De cent setmanes de calendari dels comptes, en quantes hi va haver almenys una publicació (pròpia, resposta o difosa). Una setmana, de dilluns a diumenge en l'hora de la institució, és del període en què cau el seu dijous.
--   en: Of a hundred calendar weeks of the accounts, in how many there was at least one publication (own, reply or repost). A week, Monday to Sunday in the institution's time, is of the period in which its Thursday falls.
-- unknowns:
--   es: Las semanas de las cuentas sin leer no entran; se indica cuántas son.
--   ca-ES-valencia: Les setmanes dels comptes sense llegir no hi entren; s'indica quantes són.
--   en: Weeks of accounts that were not read do not enter; their number is given.
-- denominator:
--   es: Un periodo sin ningún jueves conocido no tiene porcentaje.
--   ca-ES-valencia: Un període sense cap dijous conegut no té percentatge.
--   en: A period without any known Thursday has no percentage.
-- midway:
--   es: De una cuenta abierta, cerrada o leída solo en una parte del periodo cuenta esa parte.
--   ca-ES-valencia: D'un compte obert, tancat o llegit només en una part del període compta eixa part.
--   en: Of an account that was open or read in a part of the period only, that part counts.
-- source: Generalitat de Catalunya, Guia de xarxes socials (constancy); weeks of ISO 8601
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(with, read) / n) AS value, sumIf(weeks, read) AS n, sumIf(weeks, NOT read) AS unknown
FROM
(
    -- Day 0 of the count is a Thursday. A day is known if the account was at its noon.
    SELECT s.unit AS unit, s.start AS start, s.read AS read,
        toUInt32(toDate(toDateTime(if(read, s.begin, s.opening) + 43200, zone))) AS first, toUInt32(toDate(toDateTime(if(read, s.finish, s.end) + 43200, zone))) AS next,
        intDiv(next + 6, 7) - intDiv(first + 6, 7) AS weeks, arrayCount(t -> t >= first AND t < next, w.thursdays) AS with
    FROM scope AS s LEFT JOIN
    (
        SELECT account, roundDown(toUnixTimestamp(toDateTime(monday + 3, zone)) + 43200, starts) AS start, groupArray(toUInt32(monday + 3)) AS thursdays
        FROM (SELECT DISTINCT account, toMonday(toDateTime(toUnixTimestamp(created), zone)) AS monday FROM posts WHERE run IN seen)
        GROUP BY account, start
    ) AS w ON w.account = s.account AND w.start = s.start
)
GROUP BY unit, start
