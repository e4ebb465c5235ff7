package it;

class Plain {}
