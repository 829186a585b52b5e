-- id: departments_with_presence
-- version: 1
-- valid_from: 2026-11-24
-- group: presence
-- unit: departments
-- kind: level
-- scale: natural
-- direction: 1
-- primary: false
-- levels: [institution, group]
-- title:
--   es: Departamentos con presencia activa
--   ca-ES-valencia: Departaments amb presència activa
--   en: Departments with an active presence
-- formula:
--   es: Departamentos con al menos una cuenta que publicó algo en el periodo.
--   ca-ES-valencia: Departaments amb almenys un compte que va publicar alguna cosa en el període.
--   en: Departments with at least one account that published something in the period.
-- unknowns:
--   es: Un departamento sin cuenta activa del que alguna cuenta no se leyó es desconocido; se indica cuántos son.
--   ca-ES-valencia: Un departament sense compte actiu del qual algun compte no es va llegir és desconegut; s'indica quants són.
--   en: A department without an active account, one of whose accounts was not read, is unknown; their number is given.
-- denominator:
--   es: No hay división.
--   ca-ES-valencia: No hi ha divisió.
--   en: There is no division.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo cuenta si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període compta si va estar obert en alguna part d'ell.
--   en: An account opened or closed during the period counts if it was open in some part of it.
-- source: Generalitat de Catalunya, gencatgram (directory of profiles by department); presencia's own threshold of one publication
SELECT unit, start AS window, if(n = 0, NULL, countIf(active)) AS value, countIf(active OR NOT unsure) AS n, countIf(unsure AND NOT active) AS unknown
FROM
(
    SELECT unit, department, start, max(read AND posts > 0) AS active, max(NOT read) AS unsure FROM activity GROUP BY unit, department, start
)
GROUP BY unit, start
