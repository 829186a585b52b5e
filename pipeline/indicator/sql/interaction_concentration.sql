-- id: interaction_concentration
-- version: 1
-- valid_from: 2026-11-24
-- group: effectiveness
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- alone: [youtube]
-- terms: YouTube's developer policies allow no metric of one's own that mixes its figures with those of other networks (developers.google.com/youtube/terms/developer-policies-guide, derived metrics)
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Concentración en las mejores publicaciones
--   ca-ES-valencia: Concentració en les millors publicacions
--   en: Concentration on the best posts
-- formula:
--   es: Porcentaje de todas las interacciones que se lleva la décima parte de las publicaciones propias con más interacciones (redondeada hacia arriba). Cerca de 10 todas rinden igual; cerca de 100 unas pocas lo sostienen todo.
--   ca-ES-valencia: Percentatge de totes les interaccions que s'emporta la desena part de les publicacions pròpies amb més interaccions (arredonida cap amunt). Prop de 10 totes rendixen igual; prop de 100 unes poques ho sostenen tot.
--   en: Percentage of all interactions that goes to the tenth of the own posts with the most interactions (rounded up). Near 10 all do alike; near 100 a few carry everything.
-- unknowns:
--   es: La publicación a la que le falta alguno de los números es desconocida, no entra y se indica; nunca se suma un cero en su lugar. Lo que una red no tiene por naturaleza no se suma. Las cuentas sin leer se indican.
--   ca-ES-valencia: La publicació a la qual falta algun dels números és desconeguda, no hi entra i s'indica; mai se suma un zero en el seu lloc. El que una xarxa no té per naturalesa no se suma. Els comptes sense llegir s'indiquen.
--   en: A post that lacks one of the numbers is unknown, does not enter and is told of; a zero never takes its place. What a network does not have by its nature is not added. Accounts that were not read are told of.
-- denominator:
--   es: Con menos de diez publicaciones conocidas, o sin ninguna interacción, no hay valor.
--   ca-ES-valencia: Amb menys de deu publicacions conegudes, o sense cap interacció, no hi ha valor.
--   en: With fewer than ten known posts, or without any interaction, there is no value.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: presencia's own; concentration ratio of the largest tenth, as used for shares of a market
SELECT unit, start AS window, if(n < 10 OR arraySum(sorted) = 0, NULL, 100 * arraySum(arraySlice(sorted, 1, toInt64(ceil(n / 10)))) / arraySum(sorted)) AS value, length(sorted) AS n, missing AS unknown
FROM
(
    SELECT unit, start, arrayReverseSort(groupArrayArray(each)) AS sorted, sum(unknown) + countIf(NOT read) AS missing
    FROM earned
    GROUP BY unit, start
)
