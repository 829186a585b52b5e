-- id: same_language_spread_within_kinds
-- version: 1
-- valid_from: 2026-11-24
-- group: unification
-- unit: points
-- kind: spread
-- of: same_language_answers
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group]
-- title:
--   es: Diferencias de lengua ante la misma clase de mensaje
--   ca-ES-valencia: Diferències de llengua davant la mateixa classe de missatge
--   en: Spread of language for the same kind of message
-- formula:
--   es: Por cada clase de mensaje (consulta, queja, incidencia, agradecimiento, otra), la desviación típica entre departamentos en el porcentaje de respuestas en la lengua del mensaje; después, la media de las clases, cada una con el peso de sus mensajes.
--   ca-ES-valencia: Per cada classe de missatge (consulta, queixa, incidència, agraïment, una altra), la desviació típica entre departaments en el percentatge de respostes en la llengua del missatge; després, la mitjana de les classes, cada una amb el pes dels seus missatges.
--   en: For each kind of message (query, complaint, incident, thanks, other) the standard deviation between departments in the percentage of answers in the language of the message; then the mean over the kinds, each with the weight of its messages.
-- unknowns:
--   es: Entran los departamentos con al menos cinco mensajes decididos de la clase, y las clases con al menos dos departamentos así; los demás mensajes de clase conocida se indican. Con pocos mensajes parte de la diferencia es azar.
--   ca-ES-valencia: Hi entren els departaments amb almenys cinc missatges decidits de la classe, i les classes amb almenys dos departaments així; els altres missatges de classe coneguda s'indiquen. Amb pocs missatges part de la diferència és atzar.
--   en: Departments with at least five decided messages of the kind enter, and kinds with at least two such departments; the other messages of known kind are told of. With few messages a part of the difference is chance.
-- denominator:
--   es: Sin ninguna clase con dos departamentos que comparar no hay desviación.
--   ca-ES-valencia: Sense cap classe amb dos departaments que comparar no hi ha desviació.
--   en: Without any kind with two departments to compare there is no deviation.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta los mensajes recibidos mientras estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta els missatges rebuts mentre va estar obert.
--   en: An account opened or closed during the period gives the messages received while it was open.
-- source: presencia's own measure of unification
SELECT s.unit AS unit, s.start AS window, if(k.n = 0, NULL, k.spread / k.n) AS value, k.n AS n, k.messages - k.n AS unknown
FROM (SELECT DISTINCT unit, start FROM scope) AS s
LEFT JOIN
(
    SELECT unit, start, arraySum(arraySort(groupArrayIf(c.spread * c.entering, c.compared))) AS spread, sumIf(c.entering, c.compared) AS n, sum(c.messages) AS messages
    FROM
    (
        SELECT unit, start, kind, countIf(d.messages >= 5) >= 2 AS compared, sumIf(d.messages, d.messages >= 5) AS entering, sum(d.messages) AS messages,
            arrayReduce('stddevSamp', arraySort(groupArrayIf(figure, d.messages >= 5))) AS spread
        FROM
        (
            SELECT h.unit AS unit, h.department AS department, h.start AS start, w.kind AS kind, count() AS messages, 100 * countIf(w.same) / count() AS figure
            FROM heard AS h INNER JOIN 
            (
                SELECT m.account AS account, m.start AS start, m.kind AS kind, substring(j.letters, g.place, 1) AS letter, letter = 'p' AS same
                FROM waits AS m
                INNER JOIN judged AS j ON j.account = m.account AND j.subject = m.message
                INNER JOIN (SELECT guide, place FROM guides FINAL WHERE rule = 'reply-same-language') AS g ON g.guide = j.guide
            ) AS w ON w.account = h.account AND w.start = h.start
            WHERE h.heard AND w.kind != '' AND w.letter IN ('p', 'w', 'f')
            GROUP BY h.unit, h.department, h.start, w.kind
        ) AS d
        GROUP BY unit, start, kind
    ) AS c
    GROUP BY unit, start
) AS k ON k.unit = s.unit AND k.start = s.start
