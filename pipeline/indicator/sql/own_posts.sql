-- id: own_posts
-- version: 1
-- valid_from: 2026-11-24
-- unit: posts
-- kind: count
-- scale: log
-- direction: 1
-- primary: true
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Publicaciones propias
--   ca-ES-valencia: Publicacions pròpies
--   en: Own posts
-- formula:
--   es: Publicaciones del periodo con palabras propias, sin respuestas ni contenidos difundidos de otros. Las que se borraron después cuentan, porque se publicaron.
--   ca-ES-valencia: Publicacions del període amb paraules pròpies, sense respostes ni continguts difosos d'altres. Les que es van esborrar després compten, perquè es van publicar.
--   en: Publications of the period in the account's own words, without replies and reposts. Those deleted later count, because they were published.
-- unknowns:
--   es: Suma solo las cuentas leídas; una cuenta leída sin publicaciones aporta cero, y una no leída no aporta nada y se indica. Una cuenta se da por leída desde su primera publicación o lectura.
--   ca-ES-valencia: Suma només els comptes llegits; un compte llegit sense publicacions aporta zero, i un de no llegit no aporta res i s'indica. Un compte es dona per llegit des de la seua primera publicació o lectura.
--   en: Sums the accounts that were read only; one that was read and published nothing adds zero, one that was not read adds nothing and is told of. An account is taken as read from its first publication or reading on.
-- source: digital.gov, Social Media Metrics for Federal Agencies (2013); Idescat, official statistics on social networks
SELECT unit, start AS window, if(n = 0, NULL, sumIf(posts, read)) AS value, countIf(read) AS n, countIf(NOT read) AS unknown
FROM scope LEFT JOIN (SELECT account, start, count() AS posts FROM published WHERE kind = 'own' GROUP BY account, start) AS p USING (account, start)
GROUP BY unit, start
