-- id: compliance_range
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: points
-- kind: spread
-- of: compliance
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group]
-- title:
--   es: Distancia entre el mejor y el peor departamento
--   ca-ES-valencia: Distància entre el millor i el pitjor departament
--   en: Distance between the best and the worst department
-- formula:
--   es: Puntos entre el mayor y el menor cumplimiento de la guía de los departamentos.
--   ca-ES-valencia: Punts entre el major i el menor compliment de la guia dels departaments.
--   en: Points between the highest and the lowest compliance of the departments with the guide.
-- unknowns:
--   es: Entran los departamentos con cumplimiento conocido; se indica cuántos faltan. Crece con el número de departamentos.
--   ca-ES-valencia: Hi entren els departaments amb compliment conegut; s'indica quants en falten. Creix amb el nombre de departaments.
--   en: Departments of known compliance enter; the number of the others is given. It grows with the number of departments.
-- denominator:
--   es: Con menos de dos departamentos de cumplimiento conocido no hay distancia.
--   ca-ES-valencia: Amb menys de dos departaments de compliment conegut no hi ha distància.
--   en: With fewer than two departments of known compliance there is no distance.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: presencia's own measure of unification
SELECT unit, start AS window, if(n < 2, NULL, max(compliance) - min(compliance)) AS value, count(compliance) AS n, countIf(compliance IS NULL) AS unknown
FROM
(
    SELECT unit, department, start, if(sum(r.evaluable) = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * r.passed / r.evaluable, r.evaluable > 0)))) AS compliance
    FROM rules AS r
    GROUP BY unit, department, start
)
GROUP BY unit, start
