-- id: languages_kept
-- version: 1
-- valid_from: 2026-11-24
-- group: languages
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Cuentas que usan todas sus lenguas
--   ca-ES-valencia: Comptes que usen totes les seues llengües
--   en: Accounts that use all their languages
-- formula:
--   es: De cien cuentas a las que el registro pide una o más lenguas, cuántas publicaron algo propio en cada una de ellas en el periodo.
--   ca-ES-valencia: De cent comptes als quals el registre demana una o més llengües, quants van publicar alguna cosa pròpia en cada una d'elles en el període.
--   en: Of a hundred accounts of which the register asks one or more languages, how many published something of their own in each of them in the period.
-- unknowns:
--   es: Una cuenta que no las usó todas y tiene publicaciones sin idioma declarado es desconocida y se indica, como las cuentas sin leer. Las cuentas sin publicaciones propias no entran; a una sin lenguas propias se le piden las de la institución.
--   ca-ES-valencia: Un compte que no les va usar totes i té publicacions sense llengua declarada és desconegut i s'indica, com els comptes sense llegir. Els comptes sense publicacions pròpies no hi entren; a un sense llengües pròpies se li demanen les de la institució.
--   en: An account that did not use them all and has posts without a declared language is unknown and told of, as are accounts that were not read. Accounts without own posts do not enter; one without languages of its own is asked for the institution's.
-- denominator:
--   es: Sin cuentas decididas no hay porcentaje.
--   ca-ES-valencia: Sense comptes decidits no hi ha percentatge.
--   en: Without decided accounts there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta lo que publicó mientras estuvo abierta; no se extrapola al periodo entero.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta el que va publicar mentre va estar obert; no s'extrapola al període sencer.
--   en: An account opened or closed during the period gives what it published while it was open; nothing is scaled up to the whole period.
-- source: Generalitat de Catalunya, Guia de xarxes socials (language of each profile); presencia's own measure
SELECT unit, start AS window, if(n = 0, NULL, 100 * countIf(read AND own > 0 AND hasAll(spoken, languages)) / n) AS value,
    countIf(read AND own > 0 AND (hasAll(spoken, languages) OR NOT has(spoken, ''))) AS n,
    countIf(NOT read) + countIf(read AND own > 0 AND NOT hasAll(spoken, languages) AND has(spoken, '')) AS unknown
FROM activity
GROUP BY unit, start
