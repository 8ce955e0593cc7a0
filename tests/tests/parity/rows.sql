-- The rows of one tenant: `{id}` is the tenant, `{name}` a letter of its own, `{n}` a number of its own.
INSERT INTO organisations VALUES ('{id}', 'org {name}');
INSERT INTO projects VALUES
    ('{id}', 1, 'alpha {name}', 'de', NULL),
    ('{id}', 2, 'beta {name}', NULL, 1),
    ('{id}', 3, 'gamma {name}', 'fr', 1);
INSERT INTO tasks VALUES
    ('{id}', 1, 1, 'one {name}', 'open', 1 + {n}, false),
    ('{id}', 2, 1, 'two {name}', 'done', 2 + {n}, true),
    ('{id}', 3, 2, 'three {name}', 'open', 3 + {n}, false),
    ('{id}', 4, 2, 'four {name}', 'dropped', 3 + {n}, true);
INSERT INTO comments VALUES
    ('{id}', 1, 1, 'first {name}'), ('{id}', 2, 3, 'second {name}');
INSERT INTO documents VALUES ('{id}', 1 + {n}, 'plan {name}');
INSERT INTO files VALUES (1 + {n}, 1 + {n}, 'plan-{name}.pdf');
INSERT INTO settings VALUES ('{id}', 'theme {name}', NULL);

INSERT INTO arrays VALUES
    ('{id}', 1, ARRAY[1, 2, 3 + {n}], ARRAY[3 + {n}], ARRAY['b', '{name}'], NULL),
    ('{id}', 2, ARRAY[5, 5, 7 + {n}], ARRAY[5], ARRAY['x', 'y{name}'], ARRAY[1, NULL, 2 + {n}]);
INSERT INTO ranges VALUES
    ('{id}', 1, int4range(1, 5 + {n}), int4range(2, 4), int4multirange(int4range(1, 3), int4range(6, 9 + {n})),
     int4multirange(int4range(2, 7)), NULL, 3),
    ('{id}', 2, int4range(10, 20), int4range(20, 30 + {n}), int4multirange(int4range(10, 20)),
     int4multirange(int4range(20, 30 + {n})), int4range(NULL, 4 + {n}), 25 + {n});
INSERT INTO documents_of_json VALUES
    ('{id}', 1, '{"a": 1, "b": {"c": "{name}"}, "n": null}', '{"a": 1}', '[1, "{name}", null]',
     '{"a": {"b": "{name}"}, "n": null}', '[1, "{name}"]', NULL, ARRAY['k', '{name}'], ARRAY['1', '2'], '{"a": 1}'),
    ('{id}', 2, '{"a": 2, "d": {n}}', '{"a": 2, "d": {n}, "e": 5}', '["a", "b", {n}]',
     '{"a": {"b": {n}}}', '[]', '{"a": {"b": {n}}}', ARRAY['p', 'q'], ARRAY['{name}', '4'], '[{n}]');
INSERT INTO hosts VALUES
    ('{id}', 1, '10.1.{n}.5/24', '10.1.{n}.9', '10.1.{n}.0/24', NULL),
    ('{id}', 2, '192.168.0.{n}', '192.168.0.0/16', '192.168.0.0/24', '10.0.0.{n}');
INSERT INTO samples VALUES
    ('{id}', 1, 'Anna {name}', NULL, true, NULL, 1, 10 + {n}, NULL, 100, 0.5 + {n}, 1.25 + {n}, '\x0102', '\x01'),
    ('{id}', 2, 'bert_{name}', 'note {name}', false, true, 2, 20 + {n}, 7 + {n}, 200, 1.5, 2.50, '\x00ff', '\xff'),
    ('{id}', 3, 'Cleo {name}', 'note {name}', true, false, 3, 20 + {n}, 9, 300 + {n}, 2.5, 3.75, '\x0a', '\x0b');
INSERT INTO moments VALUES
    ('{id}', 1, '2024-02-03 04:05:06+00', '2024-02-04 00:00:{n}+00', '2024-02-03 04:05:{n}', '2024-03-01 00:00:00',
     '2024-02-03', '04:05:{n}', '{n} hours', NULL),
    ('{id}', 2, '2025-12-31 23:59:{n}+00', '2026-01-01 00:00:00+00', '2025-12-31 23:59:59', '2026-01-01 00:00:00',
     '2025-12-31', '23:59:59', '1 month', '2020-01-01 00:00:{n}+00');
