/**
 * The widget's own words. What the assistant is called and says first is its administrator's.
 *
 * @typedef {typeof ENGLISH} Words
 */

const ENGLISH = {
  open: "Open chat",
  close: "Close chat",
  fresh: "New conversation",
  field: "Your message",
  send: "Send",
  stop: "Stop",
  again: "Try again",
  whole: "Continue on the full page",
  attach: "Add a picture",
  remove: "Remove this picture",
  picture: "Picture",
  good: "Good answer",
  bad: "Bad answer",
  you: "You:",
  answering: "Answering…",
  waiting: "The connection is lost. Trying again…",
  failed: "This answer failed.",
  interrupted: "This answer broke off.",
  stopped: "Stopped.",
  unsent: "Not sent.",
  limit: "That is as much as may be asked at the moment.",
  later: "Try again",
  long: "This message is too long.",
  unknown: "You are not signed in. Reload the page.",
  made: "Answers come from a model and can be wrong.",
  off: "This chat is not available just now.",
};

/** @type {Words} */
const GERMAN = {
  open: "Chat öffnen",
  close: "Chat schließen",
  fresh: "Neue Unterhaltung",
  field: "Ihre Nachricht",
  send: "Senden",
  stop: "Anhalten",
  again: "Noch einmal versuchen",
  whole: "Auf der ganzen Seite fortsetzen",
  attach: "Bild hinzufügen",
  remove: "Dieses Bild entfernen",
  picture: "Bild",
  good: "Gute Antwort",
  bad: "Schlechte Antwort",
  you: "Sie:",
  answering: "Antwort kommt …",
  waiting: "Die Verbindung ist unterbrochen. Neuer Versuch …",
  failed: "Diese Antwort ist fehlgeschlagen.",
  interrupted: "Diese Antwort ist abgebrochen.",
  stopped: "Angehalten.",
  unsent: "Nicht gesendet.",
  limit: "Mehr Fragen sind im Moment nicht möglich.",
  later: "Neuer Versuch",
  long: "Diese Nachricht ist zu lang.",
  unknown: "Sie sind nicht angemeldet. Laden Sie die Seite neu.",
  made: "Antworten kommen von einem Modell und können falsch sein.",
  off: "Dieser Chat ist gerade nicht verfügbar.",
};

/** @type {Words} */
const FRENCH = {
  open: "Ouvrir la discussion",
  close: "Fermer la discussion",
  fresh: "Nouvelle conversation",
  field: "Votre message",
  send: "Envoyer",
  stop: "Arrêter",
  again: "Réessayer",
  whole: "Continuer en pleine page",
  attach: "Ajouter une image",
  remove: "Retirer cette image",
  picture: "Image",
  good: "Bonne réponse",
  bad: "Mauvaise réponse",
  you: "Vous :",
  answering: "Réponse en cours…",
  waiting: "La connexion est perdue. Nouvel essai…",
  failed: "Cette réponse a échoué.",
  interrupted: "Cette réponse a été interrompue.",
  stopped: "Arrêté.",
  unsent: "Non envoyé.",
  limit: "Il n’est pas possible de poser plus de questions pour le moment.",
  later: "Réessayez",
  long: "Ce message est trop long.",
  unknown: "Vous n’êtes pas connecté. Rechargez la page.",
  made: "Les réponses viennent d’un modèle et peuvent être fausses.",
  off: "Cette discussion n’est pas disponible pour le moment.",
};

/** @type {Words} */
const SPANISH = {
  open: "Abrir el chat",
  close: "Cerrar el chat",
  fresh: "Nueva conversación",
  field: "Su mensaje",
  send: "Enviar",
  stop: "Detener",
  again: "Reintentar",
  whole: "Continuar en la página completa",
  attach: "Añadir una imagen",
  remove: "Quitar esta imagen",
  picture: "Imagen",
  good: "Buena respuesta",
  bad: "Mala respuesta",
  you: "Usted:",
  answering: "Respondiendo…",
  waiting: "Se perdió la conexión. Reintentando…",
  failed: "Esta respuesta falló.",
  interrupted: "Esta respuesta se interrumpió.",
  stopped: "Detenida.",
  unsent: "No enviado.",
  limit: "No se pueden hacer más preguntas por el momento.",
  later: "Vuelva a intentarlo",
  long: "Este mensaje es demasiado largo.",
  unknown: "No ha iniciado sesión. Recargue la página.",
  made: "Las respuestas vienen de un modelo y pueden ser erróneas.",
  off: "Este chat no está disponible en este momento.",
};

/** @type {Record<string, Words>} */
const LANGUAGES = { en: ENGLISH, de: GERMAN, fr: FRENCH, es: SPANISH };

/**
 * The words of the first of these languages that there are words of, and what it is called.
 *
 * @param {...string} languages such as "de-AT"
 * @returns {{words: Words, language: string}}
 */
export function wordsOf(...languages) {
  for (const tag of languages) {
    const language = tag.toLowerCase().split("-")[0] ?? "";
    const words = LANGUAGES[language];
    if (words) return { words, language };
  }
  return { words: ENGLISH, language: "en" };
}

/** Such as "in 3 minutes". @param {number} seconds @param {string} language */
export function inTime(seconds, language) {
  const format = new Intl.RelativeTimeFormat(language);
  if (seconds < 90) return format.format(Math.ceil(seconds), "second");
  if (seconds < 5400) return format.format(Math.ceil(seconds / 60), "minute");
  return seconds < 172800 ? format.format(Math.ceil(seconds / 3600), "hour") : format.format(Math.ceil(seconds / 86400), "day");
}
