-- id: days_with_post
-- version: 1
-- valid_from: 2026-11-24
-- group: activity
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Días con publicación
--   ca-ES-valencia: Dies amb publicació
--   en: Days with a publication
-- formula:
--   es: De cien días de las cuentas, en cuántos hubo al menos una publicación (propia, respuesta o difundida), en la hora de la institución. Fines de semana y festivos incluidos.
--   ca-ES-valencia: De cent dies dels comptes, en quants hi va haver almenys una publicació (pròpia, resposta o difosa), en l'hora de la institució. Caps de setmana i festius inclosos.
--   en: Of a hundred days of the accounts, on how many there was at least one publication (own, reply or repost), in the institution's time. Weekends and holidays included.
-- unknowns:
--   es: Los días de las cuentas sin leer no entran; se indica cuántas cuentas son.
--   ca-ES-valencia: Els dies dels comptes sense llegir no hi entren; s'indica quants comptes són.
--   en: Days of accounts that were not read do not enter; the number of those accounts is given.
-- denominator:
--   es: Sin ningún día conocido no hay porcentaje.
--   ca-ES-valencia: Sense cap dia conegut no hi ha percentatge.
--   en: Without any known day there is no percentage.
-- midway:
--   es: De una cuenta abierta, cerrada o leída solo en una parte del periodo cuenta esa parte.
--   ca-ES-valencia: D'un compte obert, tancat o llegit només en una part del període compta eixa part.
--   en: Of an account that was open or read in a part of the period only, that part counts.
-- source: Fanpage Karma, days without posts; presencia counts the days with one
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(with, read) / n) AS value, sumIf(next - first, read) AS n, countIf(NOT read) AS unknown
FROM
(
    SELECT unit, start, read, toUInt32(toDate(toDateTime(begin + 43200, zone))) AS first, toUInt32(toDate(toDateTime(finish + 43200, zone))) AS next,
        length(arrayDistinct(arrayFilter(d -> d >= first AND d < next, arrayMap(t -> toUInt32(toDate(toDateTime(t, zone))), moments)))) AS with
    FROM activity
)
GROUP BY unit, start
