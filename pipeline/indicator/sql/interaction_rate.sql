-- id: interaction_rate
-- version: 1
-- valid_from: 2026-11-24
-- group: effectiveness
-- unit: percent
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 20
-- alone: [youtube]
-- terms: YouTube's developer policies allow no metric of one's own that mixes its figures with those of other networks (developers.google.com/youtube/terms/developer-policies-guide, derived metrics)
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Interacciones por seguidor y publicación
--   ca-ES-valencia: Interaccions per seguidor i publicació
--   en: Interactions per follower and post
-- formula:
--   es: De cada publicación propia del periodo, las interacciones (reacciones, comentarios y veces difundida) por cada cien seguidores que la cuenta tenía al publicarla, según la última lectura anterior; después, la media de las publicaciones.
--   ca-ES-valencia: De cada publicació pròpia del període, les interaccions (reaccions, comentaris i vegades difosa) per cada cent seguidors que el compte tenia en publicar-la, segons l'última lectura anterior; després, la mitjana de les publicacions.
--   en: Of each own post of the period the interactions (reactions, comments and shares) for a hundred followers that the account had when it was posted, by the last reading before; then the mean over the posts.
-- unknowns:
--   es: La publicación a la que le falta alguno de los números es desconocida, no entra y se indica; nunca se suma un cero en su lugar. Lo que una red no tiene por naturaleza no se suma. Las cuentas sin leer se indican. Lo publicado antes de la primera lectura de seguidores es desconocido.
--   ca-ES-valencia: La publicació a la qual falta algun dels números és desconeguda, no hi entra i s'indica; mai se suma un zero en el seu lloc. El que una xarxa no té per naturalesa no se suma. Els comptes sense llegir s'indiquen. El publicat abans de la primera lectura de seguidors és desconegut.
--   en: A post that lacks one of the numbers is unknown, does not enter and is told of; a zero never takes its place. What a network does not have by its nature is not added. Accounts that were not read are told of. What was posted before the first reading of followers is unknown.
-- denominator:
--   es: La publicación de una cuenta con cero seguidores no tiene tasa y no entra; sin ninguna publicación con tasa no hay valor.
--   ca-ES-valencia: La publicació d'un compte amb zero seguidors no té taxa i no hi entra; sense cap publicació amb taxa no hi ha valor.
--   en: A post of an account with no followers has no rate and does not enter; without any post that has one there is no value.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Quintly, interaction rate of posts, and Rival IQ, engagement rate by follower (interactions by followers at publication); Fanpage Karma's post interaction is the same over a steady number of followers
SELECT unit, start AS window, if(n = 0, NULL, arrayAvg(arraySort(groupArrayArray(rates)))) AS value, sum(length(rates)) AS n,
    sum(unknown) + sum(unfollowed) + countIf(NOT read) AS unknown
FROM earned
GROUP BY unit, start
