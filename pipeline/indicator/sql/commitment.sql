-- id: commitment
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
--   es: Compromiso (C3)
--   ca-ES-valencia: Compromís (C3)
--   en: Commitment (C3)
-- formula:
--   es: De cada cuenta, la media de comentarios por publicación propia del periodo, por cada mil seguidores al final de este (la última cifra leída hasta entonces); después, la media de las cuentas.
--   ca-ES-valencia: De cada compte, la mitjana de comentaris per publicació pròpia del període, per cada mil seguidors al final d'este (l'última xifra llegida fins aleshores); després, la mitjana dels comptes.
--   en: Of each account the mean of comments over the own posts of the period, for a thousand followers at its end (the last number read until then); then the mean over the accounts.
-- unknowns:
--   es: La publicación de la que no se conoce este número es desconocida, no entra y se indica; nunca cuenta como cero. Las de fuentes que por su naturaleza no lo tienen no entran ni se echan en falta. Las cuentas sin leer se indican. Si de la cuenta no se había leído ningún número de seguidores, sus publicaciones son desconocidas.
--   ca-ES-valencia: La publicació de la qual no es coneix este número és desconeguda, no hi entra i s'indica; mai compta com a zero. Les de fonts que per naturalesa no en tenen no hi entren ni s'hi troben a faltar. Els comptes sense llegir s'indiquen. Si del compte no s'havia llegit cap número de seguidors, les seues publicacions són desconegudes.
--   en: A post of which this number is not known is unknown, does not enter and is told of; it never counts as zero. Those of sources that by their nature have no such number neither enter nor are missed. Accounts that were not read are told of. Where no number of followers of the account had been read, its posts are unknown.
-- denominator:
--   es: Sin publicaciones con la cifra conocida, o sin seguidores, no hay valor, ni siquiera cero.
--   ca-ES-valencia: Sense publicacions amb la xifra coneguda, o sense seguidors, no hi ha valor, ni tan sols zero.
--   en: Without posts whose number is known, or without followers, there is no value, not even zero.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Bonsón & Ratkai (2013), Online Information Review 37:787, C3, each account being one of the paper's pages
SELECT unit, start AS window, if(n = 0, NULL, arrayAvg(arraySort(groupArrayIf(1000 * replies / replies_known / followers, replies_known > 0 AND followers > 0)))) AS value,
    sumIf(replies_known, followers > 0) AS n, sum(replies_unknown) + sumIf(replies_known, followers IS NULL) + countIf(NOT read) AS unknown
FROM earned
GROUP BY unit, start
