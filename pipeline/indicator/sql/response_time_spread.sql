-- id: response_time_spread
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: hours
-- kind: spread
-- of: time_to_first_answer
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 6
-- levels: [institution, group]
-- title:
--   es: Diferencias de tiempo de respuesta entre departamentos
--   ca-ES-valencia: Diferències de temps de resposta entre departaments
--   en: Spread of response time between departments
-- formula:
--   es: Desviación típica, en horas, del tiempo hasta la primera respuesta de los departamentos (división por n − 1). Cuanto menor, más unificados los criterios.
--   ca-ES-valencia: Desviació típica, en hores, del temps fins a la primera resposta dels departaments (divisió per n − 1). Com més xicoteta, més unificats els criteris.
--   en: Standard deviation, in hours, of the departments' time to first answer (n − 1 in the divisor). The smaller, the more unified the criteria.
-- unknowns:
--   es: Entran los departamentos con algún mensaje decidido en el periodo; se indica cuántos los tienen sin decidir o no se pudieron leer.
--   ca-ES-valencia: Hi entren els departaments amb algun missatge decidit en el període; s'indica quants els tenen sense decidir o no es van poder llegir.
--   en: Departments with a decided message in the period enter; the number of those whose messages are undecided or could not be read is given.
-- denominator:
--   es: Con menos de dos departamentos con mensajes decididos no hay desviación.
--   ca-ES-valencia: Amb menys de dos departaments amb missatges decidits no hi ha desviació.
--   en: With fewer than two departments with decided messages there is no deviation.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: presencia's own measure of unification
SELECT unit, start AS window, if(n < 2, NULL, arrayReduce('stddevSamp', arraySort(groupArray(hours)))) AS value, count(hours) AS n, countIf(hours IS NULL AND waiting) AS unknown
FROM
(
    SELECT unit, department, start, max(deaf OR h.undecided > 0) AS waiting,
        if(sumIf(length(h.hours), heard) = 0, NULL, quantileExactInclusiveArrayIf(0.5)(h.hours, heard)) AS hours
    FROM heard AS h
    GROUP BY unit, department, start
)
GROUP BY unit, start
