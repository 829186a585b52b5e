-- id: activity_theil
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: index
-- kind: spread
-- of: own_posts
-- scale: natural
-- direction: -1
-- primary: false
-- levels: [institution, group]
-- title:
--   es: Desigualdad de actividad entre departamentos (Theil)
--   ca-ES-valencia: Desigualtat d'activitat entre departaments (Theil)
--   en: Inequality of activity between departments (Theil)
-- formula:
--   es: Índice T de Theil de las publicaciones propias de los departamentos. 0 si todos publican lo mismo, el logaritmo de su número si uno lo publica todo.
--   ca-ES-valencia: Índex T de Theil de les publicacions pròpies dels departaments. 0 si tots publiquen el mateix, el logaritme del seu nombre si un ho publica tot.
--   en: Theil's T of the departments' own posts. 0 if all post the same, the logarithm of their number if one posts everything.
-- unknowns:
--   es: Entran los departamentos con todas sus cuentas leídas; se indica cuántos faltan. Un departamento sin publicaciones entra con cero.
--   ca-ES-valencia: Hi entren els departaments amb tots els seus comptes llegits; s'indica quants en falten. Un departament sense publicacions hi entra amb zero.
--   en: Departments all of whose accounts were read enter; the number of the others is given. A department without posts enters with zero.
-- denominator:
--   es: Con menos de dos departamentos, o sin ninguna publicación, no hay índice.
--   ca-ES-valencia: Amb menys de dos departaments, o sense cap publicació, no hi ha índex.
--   en: With fewer than two departments, or without any post, there is no index.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Theil (1967), Economics and Information Theory; decomposition after Shorrocks (1980), Econometrica 48:613
SELECT unit, start AS window, if(n < 2 OR arraySum(x) = 0, NULL, arraySum(arrayMap(p -> if(p = 0, 0, p / arrayAvg(x) * log(p / arrayAvg(x))), x)) / n) AS value,
    length(x) AS n, missing AS unknown
FROM
(
    SELECT unit, start, arraySort(groupArrayIf(assumeNotNull(posts), posts IS NOT NULL)) AS x, countIf(posts IS NULL) AS missing
    FROM
    (
        SELECT unit, department, start, if(countIf(NOT read) > 0, NULL, toFloat64(sum(own))) AS posts
        FROM activity
        GROUP BY unit, department, start
    )
    GROUP BY unit, start
)
