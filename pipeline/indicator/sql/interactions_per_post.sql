-- id: interactions_per_post
-- version: 1
-- valid_from: 2026-11-24
-- group: effectiveness
-- unit: interactions
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 20
-- alone: [youtube]
-- terms: YouTube's developer policies allow no metric of one's own that mixes its figures with those of other networks (developers.google.com/youtube/terms/developer-policies-guide, derived metrics)
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Interacciones por publicación
--   ca-ES-valencia: Interaccions per publicació
--   en: Interactions per post
-- formula:
--   es: Media, por publicación propia del periodo, de la suma de reacciones, comentarios y veces difundida, tal como estaban a la edad que se indica.
--   ca-ES-valencia: Mitjana, per publicació pròpia del període, de la suma de reaccions, comentaris i vegades difosa, tal com estaven a l'edat que s'indica.
--   en: Mean over the own posts of the period of reactions, replies and reposts added up, as they stood at the age that is named.
-- unknowns:
--   es: La publicación a la que le falta alguno de los tres números es desconocida y no entra en la media; nunca se suma un cero en su lugar. Lo que una fuente no tiene por naturaleza no se suma, y las fuentes que no muestran ninguno de los tres, como los blogs, no entran. Sin publicaciones no hay media, ni siquiera cero.
--   ca-ES-valencia: La publicació a la qual falta algun dels tres números és desconeguda i no entra en la mitjana; mai no se suma un zero en el seu lloc. El que una font no té per naturalesa no se suma, i les fonts que no mostren cap dels tres, com els blogs, no hi entren. Sense publicacions no hi ha mitjana, ni tan sols zero.
--   en: A post that lacks one of the three numbers is unknown and left out of the mean; a zero never takes its place. What a source does not have by its nature is not added, and sources that show none of the three, such as blogs, do not enter. Without posts there is no mean, not even zero.
-- denominator:
--   es: Sin publicaciones con las tres cifras no hay media; nunca es cero.
--   ca-ES-valencia: Sense publicacions amb les tres xifres no hi ha mitjana; mai és zero.
--   en: Without posts whose three numbers are known there is no mean; it is never zero.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Bonsón & Ratkai (2013), Online Information Review 37:787 (P2 + C2 + V2); Quintly's rule that interactions belong to the day of the post
SELECT unit, start AS window, if(n = 0, NULL, sum(interactions) / n) AS value, countIf(interactions IS NOT NULL) AS n,
    countIf(posted AND interactions IS NULL AND NOT meaningless) + countIf(NOT read) AS unknown
FROM
(
    SELECT s.unit AS unit, s.start AS start, s.read AS read, p.post != '' AS posted, f.c.1 AS interactions, f.c.2 AS meaningless
    FROM scope AS s
    LEFT JOIN
    (
        SELECT account, post, start FROM published WHERE kind = 'own' AND hasAny(gives, ['post.likes', 'post.replies', 'post.reposts'])
    ) AS p ON p.account = s.account AND p.start = s.start
    LEFT JOIN
    (
        -- The first reading of an age class, as the view post_figures has it, or the newest of all.
        SELECT account, post, argMin((interactions, meaningless), if({age_class:String} = '', -1, 1) * toUnixTimestamp64Milli(observed)) AS c
        FROM
        (
            SELECT account, post, observed, dateDiff('second', created, observed) / 86400 AS age,
                hasAll(not_applicable, ['likes', 'replies', 'reposts']) AS meaningless,
                if(meaningless, NULL, if(has(not_applicable, 'likes'), 0, likes) + if(has(not_applicable, 'replies'), 0, replies)
                    + if(has(not_applicable, 'reposts'), 0, reposts)) AS interactions
            FROM figures
            WHERE run IN seen
        )
        WHERE multiIf({age_class:String} = 'settled', age >= 30, {age_class:String} = 'at_7_days', age >= 7 AND age < 14, true)
        GROUP BY account, post
    ) AS f ON f.account = p.account AND f.post = p.post
)
GROUP BY unit, start
