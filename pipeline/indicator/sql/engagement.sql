-- id: engagement
-- version: 1
-- valid_from: 2026-11-24
-- group: effectiveness
-- unit: per thousand followers
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 20
-- alone: [youtube]
-- terms: YouTube's developer policies allow no metric of one's own that mixes its figures with those of other networks (developers.google.com/youtube/terms/developer-policies-guide, derived metrics)
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Implicación (E)
--   ca-ES-valencia: Implicació (E)
--   en: Engagement (E)
-- formula:
--   es: De cada cuenta, la suma de popularidad, compromiso y viralidad (P3 + C3 + V3), sobre las publicaciones de las que se conocen las tres cifras; después, la media de las cuentas.
--   ca-ES-valencia: De cada compte, la suma de popularitat, compromís i viralitat (P3 + C3 + V3), sobre les publicacions de les quals es coneixen les tres xifres; després, la mitjana dels comptes.
--   en: Of each account the sum of popularity, commitment and virality (P3 + C3 + V3), over the posts of which all three numbers are known; then the mean over the accounts.
-- unknowns:
--   es: Si falta uno de los tres términos la publicación es desconocida, no entra y se indica; nunca se suman dos. Las de redes que por su naturaleza no tienen alguno de los tres no entran. Sin número de seguidores leído hasta el final del periodo es desconocida.
--   ca-ES-valencia: Si falta un dels tres termes la publicació és desconeguda, no hi entra i s'indica; mai se'n sumen dos. Les de xarxes que per naturalesa no en tenen algun dels tres no hi entren. Sense número de seguidors llegit fins al final del període és desconeguda.
--   en: Where one of the three terms is missing the post is unknown, does not enter and is told of; two are never added. Those of networks that by their nature lack one of the three do not enter. Without a number of followers read until the period's end it is unknown.
-- denominator:
--   es: Sin publicaciones con la cifra conocida, o sin seguidores, no hay valor, ni siquiera cero.
--   ca-ES-valencia: Sense publicacions amb la xifra coneguda, o sense seguidors, no hi ha valor, ni tan sols zero.
--   en: Without posts whose number is known, or without followers, there is no value, not even zero.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Bonsón & Ratkai (2013), Online Information Review 37:787, E = P3 + C3 + V3
SELECT unit, start AS window, if(n = 0, NULL, arrayAvg(arraySort(groupArrayIf(1000 * total / whole / followers, whole > 0 AND followers > 0)))) AS value,
    sumIf(whole, followers > 0) AS n, sum(partial) + sumIf(whole, followers IS NULL) + countIf(NOT read) AS unknown
FROM earned
GROUP BY unit, start
