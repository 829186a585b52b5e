-- id: response_rate_spread
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: points
-- kind: spread
-- of: response_rate
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group]
-- title:
--   es: Diferencias de respuesta entre departamentos
--   ca-ES-valencia: Diferències de resposta entre departaments
--   en: Spread of answering between departments
-- formula:
--   es: Desviación típica, en puntos, del porcentaje de mensajes contestados de los departamentos (división por n − 1). Cuanto menor, más unificados los criterios.
--   ca-ES-valencia: Desviació típica, en punts, del percentatge de missatges contestats dels departaments (divisió per n − 1). Com més xicoteta, més unificats els criteris.
--   en: Standard deviation, in points, of the departments' percentage of messages answered (n − 1 in the divisor). The smaller, the more unified the criteria.
-- unknowns:
--   es: Entran los departamentos con algún mensaje decidido en el periodo; se indica cuántos los tienen sin decidir o no se pudieron leer. Con pocos mensajes parte de la diferencia es azar.
--   ca-ES-valencia: Hi entren els departaments amb algun missatge decidit en el període; s'indica quants els tenen sense decidir o no es van poder llegir. Amb pocs missatges part de la diferència és atzar.
--   en: Departments with a decided message in the period enter; the number of those whose messages are undecided or could not be read is given. With few messages a part of the difference is chance.
-- denominator:
--   es: Con menos de dos departamentos con mensajes decididos no hay desviación.
--   ca-ES-valencia: Amb menys de dos departaments amb missatges decidits no hi ha desviació.
--   en: With fewer than two departments with decided messages there is no deviation.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: presencia's own measure of unification
SELECT unit, start AS window, if(n < 2, NULL, arrayReduce('stddevSamp', arraySort(groupArray(rate)))) AS value, count(rate) AS n, countIf(rate IS NULL AND waiting) AS unknown
FROM
(
    SELECT unit, department, start, max(deaf OR h.undecided > 0) AS waiting,
        if(sumIf(length(h.hours), heard) = 0, NULL, 100 * sumIf(h.answered, heard) / sumIf(length(h.hours), heard)) AS rate
    FROM heard AS h
    GROUP BY unit, department, start
)
GROUP BY unit, start
