-- id: mention_density
-- version: 1
-- valid_from: 2026-11-24
-- group: cohesion
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 5
-- levels: [institution, group, department]
-- title:
--   es: Densidad de menciones entre cuentas propias
--   ca-ES-valencia: Densitat de mencions entre comptes propis
--   en: Density of mentions between own accounts
-- formula:
--   es: De cada cien parejas ordenadas posibles de cuentas de la institución en la misma red, en cuántas la primera mencionó a la segunda en el periodo (en publicaciones propias o respuestas). La de un grupo o departamento toma las parejas cuya primera cuenta es suya.
--   ca-ES-valencia: De cada cent parelles ordenades possibles de comptes de la institució en la mateixa xarxa, en quantes el primer va mencionar el segon en el període (en publicacions pròpies o respostes). La d'un grup o departament pren les parelles el primer compte de les quals és seu.
--   en: Of a hundred possible ordered pairs of the institution's accounts on one network, in how many the first mentioned the second in the period (in own posts or replies). That of a group or department takes the pairs whose first account is its own.
-- unknowns:
--   es: Solo entran cuentas leídas cuya fuente muestra menciones. Se reconoce el nombre completo de la cuenta, o su parte anterior a la arroba si solo una la tiene. Depende de la duración del periodo; compárense periodos iguales. Las menciones enlazan a participantes y no participantes, de modo que un efecto del curso puede alcanzar a ambos.
--   ca-ES-valencia: Només hi entren comptes llegits la font dels quals mostra mencions. Es reconeix el nom complet del compte, o la part anterior a l'arrova si només un la té. Depén de la duració del període; comparen-se períodes iguals. Les mencions enllacen participants i no participants, de manera que un efecte del curs pot arribar a tots dos.
--   en: Only accounts that were read and whose source shows mentions enter. An account is recognised by its whole name, or by the part before the at sign where only one has it. It depends on the length of the period; compare equal ones. Mentions link participants and others, so that an effect of the course may reach both.
-- denominator:
--   es: Con menos de dos cuentas leídas en una misma red no hay pares posibles ni densidad.
--   ca-ES-valencia: Amb menys de dos comptes llegits en una mateixa xarxa no hi ha parells possibles ni densitat.
--   en: With fewer than two accounts read on one network there are no possible pairs and there is no density.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo forma pares como las demás si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període forma parells com els altres si va estar obert en alguna part d'ell.
--   en: An account opened or closed during the period forms pairs like the others if it was open in some part of it.
-- source: Wasserman & Faust (1994), Social Network Analysis, section 4.3 (density of a directed graph)
SELECT p.unit AS unit, p.start AS window, if(n = 0, NULL, 100 * a.arcs / n) AS value, p.possible AS n, p.unread AS unknown
FROM
(
    SELECT m.unit AS unit, m.start AS start, toUInt64(sumIf(r.readers - 1, m.read)) AS possible, countIf(NOT m.read) AS unread
    FROM members AS m
    INNER JOIN (SELECT start, platform, uniqExactIf(account, read) AS readers FROM members GROUP BY start, platform) AS r ON r.start = m.start AND r.platform = m.platform
    GROUP BY m.unit, m.start
) AS p
LEFT JOIN (SELECT unit, start, countIf(named) AS arcs FROM arcs GROUP BY unit, start) AS a ON a.unit = p.unit AND a.start = p.start
