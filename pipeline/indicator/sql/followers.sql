-- id: followers
-- version: 1
-- valid_from: 2026-11-24
-- group: audience
-- unit: followers
-- kind: level
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Seguidores
--   ca-ES-valencia: Seguidors
--   en: Followers
-- formula:
--   es: Suma, cuenta a cuenta, de la última cifra de seguidores leída dentro del periodo. Quien sigue varias cuentas se cuenta varias veces.
--   ca-ES-valencia: Suma, compte a compte, de l'última xifra de seguidors llegida dins del període. Qui seguix diversos comptes es compta diverses vegades.
--   en: Sum over the accounts of the last number of followers read within the period. Whoever follows several accounts is counted several times.
-- unknowns:
--   es: La cuenta sin ninguna cifra leída en el periodo es desconocida y no se suma; se indica cuántas son. No se arrastran cifras de periodos anteriores. Las fuentes sin seguidores, como los blogs, no entran.
--   ca-ES-valencia: El compte sense cap xifra llegida en el període és desconegut i no se suma; s'indica quants són. No s'arrosseguen xifres de períodes anteriors. Les fonts sense seguidors, com els blogs, no hi entren.
--   en: An account without any figure read within the period is unknown and not added; their number is given. No figure is carried over from earlier periods. Sources without followers, such as blogs, do not enter.
-- denominator:
--   es: No hay división.
--   ca-ES-valencia: No hi ha divisió.
--   en: There is no division.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra con la última cifra leída dentro de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra amb l'última xifra llegida dins d'ell.
--   en: An account opened or closed during the period enters with the last number read within it.
-- source: digital.gov, Social Media Metrics for Federal Agencies (2013), community size
SELECT unit, start AS window, if(n = 0, NULL, sum(p.followers)) AS value, countIf(p.followers IS NOT NULL) AS n,
    countIf(p.followers IS NULL AND NOT p.meaningless) AS unknown
FROM scope LEFT JOIN
(
    SELECT account, roundDown(toUnixTimestamp(observed), starts) AS start, argMax(followers, observed) AS followers,
        followers IS NULL AND max(has(not_applicable, 'followers')) AS meaningless
    FROM profile_history
    WHERE toUnixTimestamp(observed) >= start AND toUnixTimestamp(observed) < ends[indexOf(starts, start)]
    GROUP BY account, start
) AS p USING (account, start)
GROUP BY unit, start
