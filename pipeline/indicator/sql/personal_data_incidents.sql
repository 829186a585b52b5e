-- id: personal_data_incidents
-- version: 1
-- valid_from: 2026-11-24
-- group: compliance
-- unit: posts
-- kind: count
-- scale: natural
-- direction: -1
-- primary: false
-- worthwhile: 1
-- levels: [institution, group, department, platform, account]
-- title:
--   es: Publicaciones con datos personales
--   ca-ES-valencia: Publicacions amb dades personals
--   en: Posts with personal data
-- formula:
--   es: Publicaciones del periodo en las que las reglas post-no-personal-data o post-no-full-id-with-name encontraron datos de personas. Una publicación cuenta una vez.
--   ca-ES-valencia: Publicacions del període en què les regles post-no-personal-data o post-no-full-id-with-name van trobar dades de persones. Una publicació compta una vegada.
--   en: Posts of the period in which the rules post-no-personal-data or post-no-full-id-with-name found data of persons. A post counts once.
-- unknowns:
--   es: Suma las cuentas comprobadas; una comprobada sin ninguno aporta cero. Las cuentas sin comprobar, o de las que estas reglas no se pudieron evaluar en ninguna publicación, se indican. La búsqueda es automática y puede errar; véase docs/senses.md.
--   ca-ES-valencia: Suma els comptes comprovats; un comprovat sense cap aporta zero. Els comptes sense comprovar, o dels quals estes regles no es van poder avaluar en cap publicació, s'indiquen. La busca és automàtica i pot errar; vegeu docs/senses.md.
--   en: Sums the accounts that were checked; one checked without any adds zero. Accounts not checked, or of which these rules could be evaluated in no post, are told of. The search is automatic and can err; see docs/senses.md.
-- denominator:
--   es: No hay división.
--   ca-ES-valencia: No hi ha divisió.
--   en: There is no division.
-- midway:
--   es: Una cuenta abierta o cerrada durante el periodo aporta las comprobaciones de los días en que estuvo abierta.
--   ca-ES-valencia: Un compte obert o tancat durant el període aporta les comprovacions dels dies en què va estar obert.
--   en: An account opened or closed during the period gives the checks of the days on which it was open.
-- source: Reglamento (UE) 2016/679 and Ley Orgánica 3/2018, additional provision 7; as the guide's rules
SELECT unit, start AS window, if(n = 0, NULL, sum(personal)) AS value,
    countIf(subjects > 0 AND (personal_unclear = 0 OR personal_evaluable > 0)) AS n, countIf(subjects = 0 OR personal_unclear > 0 AND personal_evaluable = 0) AS unknown
FROM subjects
GROUP BY unit, start
