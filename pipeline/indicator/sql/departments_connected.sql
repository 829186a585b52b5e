-- id: departments_connected
-- version: 1
-- valid_from: 2026-11-24
-- group: cohesion
-- unit: percent
-- kind: ratio
-- scale: natural
-- direction: 1
-- primary: false
-- worthwhile: 10
-- levels: [institution, group]
-- title:
--   es: Departamentos con lazos hacia otros
--   ca-ES-valencia: Departaments amb llaços cap a altres
--   en: Departments with ties to others
-- formula:
--   es: De cada cien departamentos con cuentas leídas que podrían tener lazos, cuántos tuvieron en el periodo alguno con otro departamento, en cualquier sentido.
--   ca-ES-valencia: De cada cent departaments amb comptes llegits que podrien tindre llaços, quants en van tindre algun en el període amb un altre departament, en qualsevol sentit.
--   en: Of a hundred departments with accounts read that could have ties, how many had one with another department in the period, in either direction.
-- unknowns:
--   es: Solo entran cuentas leídas cuya fuente muestra menciones; las no leídas se indican. Una respuesta se reconoce por el nombre que lleva dentro. Depende de la duración del periodo; compárense periodos iguales. Los departamentos sin ninguna cuenta leída se indican.
--   ca-ES-valencia: Només hi entren comptes llegits la font dels quals mostra mencions; els no llegits s'indiquen. Una resposta es reconeix pel nom que porta dins. Depén de la duració del període; comparen-se períodes iguals. Els departaments sense cap compte llegit s'indiquen.
--   en: Only accounts that were read and whose source shows mentions enter; those not read are told of. An answer is recognised by the name in it. It depends on the length of the period; compare equal ones. Departments without any account read are told of.
-- denominator:
--   es: Sin departamentos leídos no hay porcentaje.
--   ca-ES-valencia: Sense departaments llegits no hi ha percentatge.
--   en: Without departments read there is no percentage.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo entra como las demás si estuvo abierta en alguna parte de él.
--   ca-ES-valencia: Un compte obert o tancat durant el període hi entra com els altres si va estar obert en alguna part d'ell.
--   en: An account opened or closed during the period enters like the others if it was open in some part of it.
-- source: presencia's own; the network of community managers that a course means to make
SELECT unit, start AS window, if(n = 0, NULL, 100 * uniqExactIf(department, crossing) / n) AS value, uniqExactIf(department, read) AS n,
    uniqExact(department) - uniqExactIf(department, read) AS unknown
FROM network
GROUP BY unit, start
