-- id: reciprocity
-- version: 1
-- valid_from: 2026-11-24
-- group: audience
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Reciprocidad
--   ca-ES-valencia: Reciprocitat
--   en: Reciprocity
-- formula:
--   es: Cuentas seguidas por cada cien seguidores, sobre las cuentas de las que se conocen ambas cifras. Pasa de cien si las cuentas siguen a más de los que las siguen.
--   ca-ES-valencia: Comptes seguits per cada cent seguidors, sobre els comptes dels quals es coneixen les dues xifres. Passa de cent si els comptes en seguixen més dels que els seguixen.
--   en: Accounts followed for a hundred followers, over the accounts of which both numbers are known. It exceeds a hundred where the accounts follow more than follow them.
-- unknowns:
--   es: Una cuenta sin cifra leída en el periodo es desconocida, no entra y se indica. Las redes en las que no se sigue a nadie no entran.
--   ca-ES-valencia: Un compte sense xifra llegida en el període és desconegut, no hi entra i s'indica. Les xarxes en què no se seguix ningú no hi entren.
--   en: An account without a figure read in the period is unknown, does not enter and is told of. Networks where nobody is followed do not enter.
-- denominator:
--   es: Sin seguidores no hay porcentaje.
--   ca-ES-valencia: Sense seguidors no hi ha percentatge.
--   en: Without followers there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra con la última cifra leída dentro de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra amb l'última xifra llegida dins d'ell.
--   en: An account opened or closed during the period enters with the last number read within it.
-- source: AdConversacional, study of Catalan councils on Twitter (2012), reciprocidad; not cut at one
SELECT unit, start AS window, if(n = 0 OR sumIf(followers, following IS NOT NULL) = 0, NULL, 100 * sumIf(following, followers IS NOT NULL) / sumIf(followers, following IS NOT NULL)) AS value,
    count(following + followers) AS n, countIf((following + followers) IS NULL AND NOT one_way AND NOT meaningless) AS unknown
FROM audience
GROUP BY unit, start
