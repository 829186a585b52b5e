-- id: departments_above_90
-- version: 1
-- valid_from: 2026-11-24
-- group: compliance
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group]
-- title:
--   es: Departamentos que cumplen el 90 %
--   ca-ES-valencia: Departaments que complixen el 90 %
--   en: Departments that reach 90 %
-- formula:
--   es: De cada cien departamentos, cuántos tienen en el periodo un cumplimiento de la guía del 90 % o más. El umbral es de presencia.
--   ca-ES-valencia: De cada cent departaments, quants tenen en el període un compliment de la guia del 90 % o més. El llindar és de presencia.
--   en: Of a hundred departments, how many reach a compliance with the guide of 90 % or more in the period. The threshold is presencia's.
-- unknowns:
--   es: Los departamentos de cumplimiento desconocido no entran; se indica cuántos son.
--   ca-ES-valencia: Els departaments de compliment desconegut no hi entren; s'indica quants són.
--   en: Departments of unknown compliance do not enter; their number is given.
-- denominator:
--   es: Sin departamentos de cumplimiento conocido no hay porcentaje.
--   ca-ES-valencia: Sense departaments de compliment conegut no hi ha percentatge.
--   en: Without departments of known compliance there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: presencia's own threshold
SELECT unit, start AS window, if(n = 0, NULL, 100 * countIf(compliance >= 90) / n) AS value, count(compliance) AS n, countIf(compliance IS NULL) AS unknown
FROM
(
    SELECT unit, department, start, if(sum(r.evaluable) = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * r.passed / r.evaluable, r.evaluable > 0)))) AS compliance
    FROM rules AS r
    GROUP BY unit, department, start
)
GROUP BY unit, start
