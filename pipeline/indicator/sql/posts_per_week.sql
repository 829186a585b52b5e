-- id: posts_per_week
-- version: 1
-- valid_from: 2026-11-24
-- group: activity
-- unit: posts per week
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 20
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Publicaciones propias por semana
--   ca-ES-valencia: Publicacions pròpies per setmana
--   en: Own posts per week
-- formula:
--   es: Publicaciones propias de cada cuenta divididas por las semanas en que estuvo abierta y leída en el periodo; sumadas sobre las cuentas. Hace comparables periodos de distinta duración.
--   ca-ES-valencia: Publicacions pròpies de cada compte dividides per les setmanes en què va estar obert i llegit en el període; sumades sobre els comptes. Fa comparables períodes de duració diferent.
--   en: Each account's own posts divided by the weeks that it was open and read in the period; added over the accounts. It makes periods of different length comparable.
-- unknowns:
--   es: Una cuenta sin leer, o leída menos de un día del periodo, es desconocida, no entra y se indica.
--   ca-ES-valencia: Un compte sense llegir, o llegit menys d'un dia del període, és desconegut, no hi entra i s'indica.
--   en: An account not read, or read for less than a day of the period, is unknown, does not enter and is told of.
-- denominator:
--   es: Menos de un día conocido no da ritmo.
--   ca-ES-valencia: Menys d'un dia conegut no dona ritme.
--   en: Less than one known day gives no rate.
-- midway:
--   es: De una cuenta abierta, cerrada o leída solo en una parte del periodo cuenta esa parte.
--   ca-ES-valencia: D'un compte obert, tancat o llegit només en una part del període compta eixa part.
--   en: Of an account that was open or read in a part of the period only, that part counts.
-- source: Fanpage Karma, posts per day; by weeks and with each account's own time as divisor
SELECT unit, start AS window, if(n = 0, NULL, sumIf(own / (finish - begin) * 7 * 86400, read AND finish - begin >= 86400)) AS value,
    countIf(read AND finish - begin >= 86400) AS n, count() - n AS unknown
FROM activity
GROUP BY unit, start
