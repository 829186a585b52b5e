-- id: posts_per_week_spread
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: posts per week
-- kind: spread
-- of: posts_per_week
-- scale: natural
-- direction: -1
-- primary: false
-- levels: [institution, group]
-- title:
--   es: Diferencias de ritmo entre departamentos
--   ca-ES-valencia: Diferències de ritme entre departaments
--   en: Spread of pace between departments
-- formula:
--   es: Desviación típica de las publicaciones propias por semana de los departamentos (división por n − 1).
--   ca-ES-valencia: Desviació típica de les publicacions pròpies per setmana dels departaments (divisió per n − 1).
--   en: Standard deviation of the departments' own posts per week (n − 1 in the divisor).
-- unknowns:
--   es: Entran los departamentos con alguna cuenta leída al menos un día; se indica cuántos faltan. Los departamentos no tienen por qué publicar lo mismo; léase como forma del conjunto.
--   ca-ES-valencia: Hi entren els departaments amb algun compte llegit almenys un dia; s'indica quants en falten. Els departaments no tenen per què publicar el mateix; llija's com a forma del conjunt.
--   en: Departments with an account read for at least a day enter; the number of the others is given. Departments need not post the same; read it as the shape of the whole.
-- denominator:
--   es: Con menos de dos departamentos leídos no hay desviación.
--   ca-ES-valencia: Amb menys de dos departaments llegits no hi ha desviació.
--   en: With fewer than two departments read there is no deviation.
-- midway:
--   es: De una cuenta abierta, cerrada o leída solo en una parte del periodo cuenta esa parte.
--   ca-ES-valencia: D'un compte obert, tancat o llegit només en una part del període compta eixa part.
--   en: Of an account that was open or read in a part of the period only, that part counts.
-- source: presencia's own measure of unification
SELECT unit, start AS window, if(n < 2, NULL, arrayReduce('stddevSamp', arraySort(groupArray(pace)))) AS value, count(pace) AS n, countIf(pace IS NULL) AS unknown
FROM
(
    SELECT unit, department, start, if(countIf(known) = 0, NULL, arraySum(arraySort(groupArrayIf(own / (finish - begin) * 7 * 86400, known)))) AS pace
    FROM (SELECT unit, department, start, own, begin, finish, read AND finish - begin >= 86400 AS known FROM activity)
    GROUP BY unit, department, start
)
GROUP BY unit, start
