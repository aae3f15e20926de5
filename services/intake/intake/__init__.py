"""立案与文书: applications, cases, their parties, documents, contacts and files. Personal data live only here."""
