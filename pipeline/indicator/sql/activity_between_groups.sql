-- id: activity_between_groups
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 0
-- primary: false
-- levels: [institution]
-- title:
--   es: Parte de la desigualdad de actividad debida a los grupos
--   ca-ES-valencia: Part de la desigualtat d'activitat deguda als grups
--   en: Part of the inequality of activity that is due to the groups
-- formula:
--   es: Qué porcentaje del índice T de Theil de las publicaciones propias quedaría si dentro de cada grupo (participantes, comparación, otros) todos los departamentos publicaran lo mismo y solo quedase la diferencia entre grupos. El resto es desigualdad dentro de ellos.
--   ca-ES-valencia: Quin percentatge de l'índex T de Theil de les publicacions pròpies quedaria si dins de cada grup (participants, comparació, altres) tots els departaments publicaren el mateix i només quedara la diferència entre grups. La resta és desigualtat dins d'ells.
--   en: What percentage of Theil's T of the own posts would remain if within each group (participants, comparison, others) all departments posted the same and only the difference between groups were left. The rest is inequality within them.
-- unknowns:
--   es: Entran los departamentos con todas sus cuentas leídas; se indica cuántos faltan. Un departamento sin publicaciones entra con cero.
--   ca-ES-valencia: Hi entren els departaments amb tots els seus comptes llegits; s'indica quants en falten. Un departament sense publicacions hi entra amb zero.
--   en: Departments all of whose accounts were read enter; the number of the others is given. A department without posts enters with zero.
-- denominator:
--   es: Con menos de dos departamentos, o si todos publican lo mismo, no hay nada que repartir.
--   ca-ES-valencia: Amb menys de dos departaments, o si tots publiquen el mateix, no hi ha res a repartir.
--   en: With fewer than two departments, or if all post the same, there is nothing to divide.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las publicaciones que hizo mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les publicacions que va fer mentre va estar obert.
--   en: An account opened or closed during the period gives the posts that it made while it was open.
-- source: Theil (1967), Economics and Information Theory; decomposition after Shorrocks (1980), Econometrica 48:613
SELECT unit, start AS window, if(n < 2 OR arraySum(x) = 0 OR arrayMin(x) = arrayMax(x), NULL, 100 * arraySum(between) / arraySum(arrayMap(p -> if(p = 0, 0, p * log(p / mean)), x))) AS value,
    length(x) AS n, unread AS unknown
FROM
(
    SELECT unit, start, arraySort(groupArrayArray(of_group)) AS x, arrayAvg(x) AS mean, sum(missing) AS unread,
        arraySort(arrayMap(g -> if(arraySum(g) = 0, 0, arraySum(g) * log(arrayAvg(g) / mean)), arrayFilter(g -> notEmpty(g), groupArray(arraySort(of_group))))) AS between
    FROM
    (
        SELECT unit, start, department_group, groupArrayIf(assumeNotNull(posts), posts IS NOT NULL) AS of_group, countIf(posts IS NULL) AS missing
        FROM
        (
            SELECT s.unit AS unit, s.department AS department, s.start AS start, any(a.department_group) AS department_group,
                if(countIf(NOT s.read) > 0, NULL, toFloat64(sum(s.own))) AS posts
            FROM activity AS s INNER JOIN accounts AS a ON a.account = s.account
            GROUP BY s.unit, s.department, s.start
        )
        GROUP BY unit, start, department_group
    )
    GROUP BY unit, start
)
