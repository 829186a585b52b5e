package store

const childEnv = "PRESENCIA_STORE_CHILD"

func child() int { return 0 }
