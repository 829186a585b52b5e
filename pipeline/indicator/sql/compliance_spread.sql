-- id: compliance_spread
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: points
-- kind: spread
-- of: compliance
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 3
-- levels: [institution, group]
-- title:
--   es: Diferencias de cumplimiento entre departamentos
--   ca-ES-valencia: Diferències de compliment entre departaments
--   en: Spread of compliance between departments
-- formula:
--   es: Desviación típica, en puntos, del cumplimiento de los departamentos (división por n − 1). Cuanto menor, más unificados los criterios.
--   ca-ES-valencia: Desviació típica, en punts, del compliment dels departaments (divisió per n − 1). Com més xicoteta, més unificats els criteris.
--   en: Standard deviation, in points, of the departments' compliance (n − 1 in the divisor). The smaller, the more unified the criteria.
-- unknowns:
--   es: Entran los departamentos con cumplimiento conocido; se indica cuántos faltan. Con menos de dos no hay desviación. Cerca del 100 % disminuye por sí sola; léase junto al cumplimiento.
--   ca-ES-valencia: Hi entren els departaments amb compliment conegut; s'indica quants en falten. Amb menys de dos no hi ha desviació. Prop del 100 % disminuïx per si mateixa; llija's junt al compliment.
--   en: Departments of known compliance enter; the number of the others is given. With fewer than two there is no deviation. Near 100 % it shrinks by itself; read it together with compliance.
-- denominator:
--   es: Con menos de dos departamentos de cumplimiento conocido no hay desviación.
--   ca-ES-valencia: Amb menys de dos departaments de compliment conegut no hi ha desviació.
--   en: With fewer than two departments of known compliance there is no deviation.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: presencia's own measure of unification
SELECT unit, start AS window, if(n < 2, NULL, arrayReduce('stddevSamp', arraySort(groupArray(compliance)))) AS value, count(compliance) AS n, countIf(compliance IS NULL) AS unknown
FROM
(
    SELECT unit, department, start, if(sum(evaluable) = 0, NULL, arrayAvg(arraySort(groupArrayIf(100 * passed / evaluable, evaluable > 0)))) AS compliance
    FROM rules
    GROUP BY unit, department, start
)
GROUP BY unit, start
