-- id: interactions_per_post
-- version: 1
-- valid_from: 2026-11-24
-- unit: interactions
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
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
-- source: Bonsón & Ratkai (2013), Online Information Review 37:787 (P2 + C2 + V2); Quintly's rule that interactions belong to the day of the post
SELECT unit, start AS window, if(n = 0, NULL, sum(interactions) / n) AS value, countIf(interactions IS NOT NULL) AS n,
    countIf(posted AND interactions IS NULL AND NOT meaningless) + countIf(NOT read) AS unknown
FROM
(
    SELECT s.unit AS unit, s.start AS start, s.read AS read, p.post != '' AS posted,
        hasAll(f.not_applicable, ['likes', 'replies', 'reposts']) AS meaningless,
        if(meaningless, NULL, if(has(f.not_applicable, 'likes'), 0, f.likes) + if(has(f.not_applicable, 'replies'), 0, f.replies)
            + if(has(f.not_applicable, 'reposts'), 0, f.reposts)) AS interactions
    FROM scope AS s
    LEFT JOIN
    (
        SELECT account, post, start FROM published WHERE kind = 'own' AND hasAny(gives, ['post.likes', 'post.replies', 'post.reposts'])
    ) AS p ON p.account = s.account AND p.start = s.start
    LEFT JOIN
    (
        SELECT account, post, c.1 AS likes, c.2 AS replies, c.3 AS reposts, c.4 AS not_applicable
        FROM
        (
            SELECT account, post, argMax((likes, replies, reposts, not_applicable), observed) AS c
            FROM post_figures
            WHERE {age_class:String} IN ('', age_class)
            GROUP BY account, post
        )
    ) AS f ON f.account = p.account AND f.post = p.post
)
GROUP BY unit, start
