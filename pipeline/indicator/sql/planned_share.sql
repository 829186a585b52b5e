-- id: planned_share
-- version: 1
-- valid_from: 2026-11-24
-- group: plan
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group, department]
-- title:
--   es: Publicaciones planificadas
--   ca-ES-valencia: Publicacions planificades
--   en: Planned posts
-- formula:
--   es: De cien publicaciones propias de los departamentos con plan, cuántas caen dentro de la tolerancia de algún elemento que su cuenta podía cumplir.
--   ca-ES-valencia: De cent publicacions pròpies dels departaments amb pla, quantes cauen dins de la tolerància d'algun element que el seu compte podia complir.
--   en: Of a hundred own posts of the departments with a plan, how many fall within the tolerance of an item that their account could meet.
-- unknowns:
--   es: Los departamentos sin plan en el periodo no entran. Las cuentas sin leer de los demás se indican.
--   ca-ES-valencia: Els departaments sense pla en el període no hi entren. Els comptes sense llegir dels altres s'indiquen.
--   en: Departments without a plan in the period do not enter. Accounts of the others that were not read are told of.
-- denominator:
--   es: Sin publicaciones no hay porcentaje, ni siquiera cero.
--   ca-ES-valencia: Sense publicacions no hi ha percentatge, ni tan sols zero.
--   en: Without publications there is no percentage, not even zero.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta lo que publicó mientras estuvo abierta; no se extrapola al periodo entero.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta el que va publicar mentre va estar obert; no s'extrapola al període sencer.
--   en: An account opened or closed during the period gives what it published while it was open; nothing is scaled up to the whole period.
-- source: presencia's own measure
SELECT unit, start AS window, if(n = 0, NULL, 100 * sumIf(planned, read) / n) AS value, sumIf(own, read) AS n, countIf(NOT read) AS unknown
FROM
(
    SELECT unit, start, read, own, arrayFilter(s -> s.4 IN ('', account), slots) AS mine,
        arrayCount(t -> arrayExists(s -> abs(toInt64(t) - toInt64(s.2)) <= s.3, mine), own_moments) AS planned
    FROM planning
    WHERE notEmpty(slots)
)
GROUP BY unit, start
