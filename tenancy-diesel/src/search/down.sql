DROP TABLE search_words;
DROP TABLE search_documents;
DROP FUNCTION search_words_follow();
