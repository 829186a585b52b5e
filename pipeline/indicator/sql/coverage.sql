-- id: coverage
-- version: 1
-- valid_from: 2026-11-24
-- group: audience
-- unit: followers per 1,000 inhabitants
-- kind: ratio
-- scale: log
-- direction: 1
-- primary: false
-- worthwhile: 5
-- alone: [youtube]
-- terms: YouTube's developer policies allow no metric of one's own that mixes its figures with those of other networks (developers.google.com/youtube/terms/developer-policies-guide, derived metrics)
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Cobertura
--   ca-ES-valencia: Cobertura
--   en: Coverage
-- formula:
--   es: Seguidores por cada mil habitantes de la población que el registro dice que se atiende, con la última cifra del periodo de cada cuenta. No son personas distintas.
--   ca-ES-valencia: Seguidors per cada mil habitants de la població que el registre diu que s'atén, amb l'última xifra del període de cada compte. No són persones diferents.
--   en: Followers per thousand inhabitants of the population that the register says is served, by each account's last figure of the period. They are not different people.
-- unknowns:
--   es: Una cuenta sin cifra leída es desconocida, no entra y se indica; no se arrastran cifras de periodos anteriores. Las fuentes sin seguidores, como los blogs, no entran. Sin población en el registro todo es desconocido.
--   ca-ES-valencia: Un compte sense xifra llegida és desconegut, no hi entra i s'indica; no s'arrosseguen xifres de períodes anteriors. Les fonts sense seguidors, com els blogs, no hi entren. Sense població en el registre tot és desconegut.
--   en: An account without a figure read is unknown, does not enter and is told of; no figure is carried over from earlier periods. Sources without followers, such as blogs, do not enter. Without a population in the register all is unknown.
-- denominator:
--   es: Con población cero, que es población sin indicar, no hay valor.
--   ca-ES-valencia: Amb població zero, que és població sense indicar, no hi ha valor.
--   en: With a population of zero, which is one not given, there is no value.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra con la última cifra leída dentro de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra amb l'última xifra llegida dins d'ell.
--   en: An account opened or closed during the period enters with the last number read within it.
-- source: AdConversacional, study of Catalan councils on Twitter (2012), cobertura; the population is today's, also for past periods
SELECT unit, start AS window, if(n = 0, NULL, 1000 * sum(followers) / population) AS value, if(population = 0, 0, count(followers)) AS n,
    countIf(NOT meaningless AND (followers IS NULL OR population = 0)) AS unknown
FROM audience
GROUP BY unit, start
