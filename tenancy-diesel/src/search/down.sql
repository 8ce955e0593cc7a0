DROP TABLE search_by_word;
DROP TABLE search_documents;
DROP FUNCTION search_by_word_follow();
