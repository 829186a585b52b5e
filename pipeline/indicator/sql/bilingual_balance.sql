-- id: bilingual_balance
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
--   es: Equilibrio entre lenguas oficiales
--   ca-ES-valencia: Equilibri entre llengües oficials
--   en: Balance of the official languages
-- formula:
--   es: Publicaciones propias en la lengua oficial menos usada, en porcentaje de las que le tocarían si todas las lenguas oficiales se usaran por igual. 100 es equilibrio, 0 que una no se usa.
--   ca-ES-valencia: Publicacions pròpies en la llengua oficial menys usada, en percentatge de les que li tocarien si totes les llengües oficials s'usaren per igual. 100 és equilibri, 0 que una no s'usa.
--   en: Own posts in the least used official language, in percent of those that it would have if all official languages were used alike. 100 is balance, 0 that one is not used.
-- unknowns:
--   es: Cuenta el idioma que la cuenta declara en cada publicación propia, sin su variante; una publicación que no lo declara es desconocida y se indica, como las cuentas sin leer.
--   ca-ES-valencia: Compta la llengua que el compte declara en cada publicació pròpia, sense la variant; una publicació que no la declara és desconeguda i s'indica, com els comptes sense llegir.
--   en: The language that an account declares with each own post counts, without its variant; a post that declares none is unknown and told of, as are accounts that were not read.
-- denominator:
--   es: Sin publicaciones declaradas en lenguas oficiales, o con una sola lengua oficial, no hay equilibrio que medir.
--   ca-ES-valencia: Sense publicacions declarades en llengües oficials, o amb una sola llengua oficial, no hi ha equilibri per mesurar.
--   en: Without posts declared in official languages, or with a single official language, there is no balance to measure.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta lo que publicó mientras estuvo abierta; no se extrapola al periodo entero.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta el que va publicar mentre va estar obert; no s'extrapola al període sencer.
--   en: An account opened or closed during the period gives what it published while it was open; nothing is scaled up to the whole period.
-- source: Síndic de Greuges de la Comunitat Valenciana, resolutions on languages in municipal networks; presencia's own measure
SELECT unit, start AS window, if(n = 0 OR length(official) < 2, NULL, 100 * length(official) * arrayMin(sumForEachIf(arrayMap(o -> countEqual(spoken, o), official), read)) / n) AS value,
    sumIf(arrayCount(l -> has(official, l), spoken), read) AS n, sumIf(countEqual(spoken, ''), read) + countIf(NOT read) AS unknown
FROM activity
GROUP BY unit, start
