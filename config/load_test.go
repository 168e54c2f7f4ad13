package config

// goodSecret is long and varied enough for every use.
const goodSecret = "kZ7mQ2xV9pLw4TnR8sYb3HcJ6dFgA5uEoX1iCqNeWtMvKrPz0aSjDhGfBlUyOT+/"
