DROP TABLE attachments;
DROP TABLE comments;
DROP TABLE integrations;
DROP TABLE tasks;
DROP TABLE projects;
DROP TABLE members;
DROP TABLE organisations;
DROP TABLE countries;
