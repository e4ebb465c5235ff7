package it;

class Plainer {}
