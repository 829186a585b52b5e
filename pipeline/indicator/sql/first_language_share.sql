-- id: first_language_share
-- version: 1
-- valid_from: 2026-11-24
-- group: languages
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Publicaciones en la primera lengua oficial
--   ca-ES-valencia: Publicacions en la primera llengua oficial
--   en: Posts in the first official language
-- formula:
--   es: De cien publicaciones propias de idioma declarado, cuántas están en la primera de las lenguas oficiales que nombra el registro.
--   ca-ES-valencia: De cent publicacions pròpies de llengua declarada, quantes estan en la primera de les llengües oficials que anomena el registre.
--   en: Of a hundred own posts of a declared language, how many are in the first of the official languages that the register names.
-- unknowns:
--   es: Cuenta el idioma que la cuenta declara en cada publicación propia, sin su variante; una publicación que no lo declara es desconocida y se indica, como las cuentas sin leer.
--   ca-ES-valencia: Compta la llengua que el compte declara en cada publicació pròpia, sense la variant; una publicació que no la declara és desconeguda i s'indica, com els comptes sense llegir.
--   en: The language that an account declares with each own post counts, without its variant; a post that declares none is unknown and told of, as are accounts that were not read.
-- denominator:
--   es: Sin publicaciones de idioma declarado no hay porcentaje. Tampoco si el registro no nombra lenguas.
--   ca-ES-valencia: Sense publicacions de llengua declarada no hi ha percentatge. Tampoc si el registre no anomena llengües.
--   en: Without posts of a declared language there is no percentage. Nor is there one if the register names no languages.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta lo que publicó mientras estuvo abierta; no se extrapola al periodo entero.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta el que va publicar mentre va estar obert; no s'extrapola al període sencer.
--   en: An account opened or closed during the period gives what it published while it was open; nothing is scaled up to the whole period.
-- source: Generalitat Valenciana, Llei 4/1983 d'ús i ensenyament del valencià; presencia's own measure
SELECT unit, start AS window, if(n = 0 OR empty(official), NULL, 100 * sumIf(countEqual(spoken, official[1]), read) / n) AS value,
    sumIf(own - countEqual(spoken, ''), read) AS n, sumIf(countEqual(spoken, ''), read) + countIf(NOT read) AS unknown
FROM activity
GROUP BY unit, start
