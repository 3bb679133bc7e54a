// @ts-check
/**
 * French: the same keys as in en.js. No native speaker has read it yet. To mend it: change a text on the right, leave the key
 * and every {name} as they are, and run `node --test tests/page/words.test.mjs`. It says “vous”; the spaces before : ; ? ! and
 * inside « » are no-break spaces.
 * @type {import('./en.js').Words}
 */
export const fr = {
  appName: 'mozchat',
  language: 'Langue',
  leave: 'Quitter',
  settings: 'Paramètres',
  close: 'Fermer',
  download: 'Télécharger',
  cancel: 'Annuler',

  'entry.lead':
    'Discutez par clips courts : maintenez le bouton, parlez, relâchez. Tout le monde dans le salon vous entend.',
  'entry.user': 'Votre nom',
  'entry.userHint': 'De 1 à 30 caractères. Les autres le voient.',
  'entry.realm': 'Salon',
  'entry.realmHint': 'Son nom dans le lien.',
  'entry.go': 'Rejoindre',
  'entry.password': 'Mot de passe',
  'entry.passwordHint': 'Demandez-le à la personne qui vous a invité.',
  'entry.code': 'Code (si ce nom est le vôtre)',
  'entry.codeHint':
    'Votre autre appareil l’affiche : « Noms », puis « Utiliser mon nom sur un autre appareil ».',
  'entry.going': 'Connexion…',
  'entry.noUser': 'Saisissez un nom.',
  'entry.longUser': 'Ce nom est trop long : 30 caractères au maximum.',
  'entry.badUser':
    'Un nom ne peut contenir aucun des caractères < > & " \' : ; ( ) ni de caractères de contrôle.',
  'entry.noRealm': 'Saisissez le nom d’un salon.',
  'entry.badRealm':
    'Le nom d’un salon ne peut pas contenir < > " / \\ ni commencer par un point ou une espace.',
  'entry.noThread':
    'Il n’y a pas de salon « {realm} » ici. Vérifiez le lien ou demandez à la personne qui vous l’a envoyé.',
  'entry.rooms': 'Salons disponibles',
  'entry.otherRoom': 'Autre salon',
  'entry.closedRoom': '{title} (avec mot de passe)',
  'entry.askForLink':
    'Aucun salon n’est affiché ici. Demandez un lien à la personne qui vous a invité, ou saisissez le nom du salon.',

  online: 'Ici en ce moment',
  names: 'Noms',
  'name.share': 'Utiliser mon nom sur un autre appareil',
  'name.shareHint':
    'Votre nom appartient à ce navigateur. Un code permet de l’emporter dans un autre.',
  'name.code': {
    one: 'Saisissez-y {code} dans un délai de {count} minute.',
    other: 'Saisissez-y {code} dans un délai de {count} minutes.',
  },
  'moderation.mute': 'Rendre {name} muet',
  'moderation.unmute': 'Redonner la parole à {name}',
  'moderation.ban': 'Bannir {name}',
  'moderation.banConfirm': 'Oui, bannir {name}',
  'moderation.unban': 'Débannir {name}',
  'moderation.unbanDone': '{name} peut de nouveau entrer.',
  'moderation.muteDone': '{name} peut encore écouter, mais plus parler.',
  'moderation.unmuteDone': '{name} peut de nouveau parler.',
  'moderation.banDone': '{name} ne peut plus entrer.',
  'passes.end': 'Déconnecter tout le monde',
  'passes.question':
    'Tout le monde devra saisir de nouveau le mot de passe. Seul ce navigateur reste connecté.',
  'passes.endConfirm': 'Oui, déconnecter',
  'passes.ended': 'Tous les autres doivent saisir de nouveau le mot de passe.',
  'online.you': '{name} (vous)',

  'connection.ok': 'Connecté',
  'connection.retrying': 'Pas de connexion, nouvel essai…',
  'connection.off': 'Actualisation désactivée',
  'connection.portal': 'Ce réseau demande une identification',
  'connection.trouble': 'Le serveur a des problèmes. Nouvel essai…',

  conversation: 'Conversation',
  'conversation.new': 'Nouveau depuis votre dernière visite',
  'conversation.newest': 'Nouveaux : {n}',
  'conversation.empty':
    'Il n’y a encore rien ici. Appuyez sur « Enregistrer » et dites bonjour, ou écrivez.',
  filter: 'Afficher',
  'filter.all': 'Tout',
  'filter.clips': 'Clips',
  'filter.messages': 'Messages',

  help: 'Aide et raccourcis',
  'help.spaceKey': 'Espace',
  'help.space': 'Maintenir pour enregistrer, relâcher pour arrêter',
  'help.escape': 'Annuler l’enregistrement ou arrêter la lecture',
  'help.enter': 'Envoyer le message',
  'help.shiftEnter': 'Nouvelle ligne dans le message',
  'help.help': 'Afficher cette aide',
  'help.manual': 'Le manuel : à quoi sert chaque commande (en anglais)',
  'help.free': 'mozchat est un logiciel libre.',
  'help.licence': 'Licence : AGPL',
  'help.source': 'Code source',

  phone: 'Téléphone',
  'phone.ready': 'Prêt',
  'phone.calling': 'Appel de {name}…',
  'phone.ringingThere': 'Ça sonne chez {name}…',
  'phone.ringing': '{name} vous appelle',
  'phone.connecting': 'Connexion à {name}…',
  'phone.talking': 'En communication avec {name}',
  'phone.reconnecting': 'Reconnexion à {name}…',
  'phone.ended': 'Appel terminé',
  'phone.hungUp': '{name} a raccroché',
  'phone.busy': '{name} est déjà en ligne',
  'phone.declined': '{name} ne peut pas parler maintenant',
  'phone.noAnswer': '{name} ne répond pas',
  'phone.elsewhere': 'L’appel de {name} a été accepté ou refusé sur une autre page',
  'phone.unable': '{name} n’a aucune page ouverte qui permette d’appeler',
  'phone.missed': 'Appel manqué de {name}',
  'phone.lost': 'La connexion avec {name} a été perdue',
  'phone.failed':
    'Impossible de joindre {name} : aucun chemin n’a été trouvé à travers le réseau. « Tester ma connexion », dans les paramètres d’appel, vous en dira plus.',
  'phone.mic': 'Il faut un microphone pour appeler.',
  'phone.mic.denied':
    'Le navigateur n’a pas le droit d’utiliser le microphone ou la caméra. Autorisez-le pour ce site (l’icône à côté de l’adresse), puis rappelez.',
  'phone.mic.missing':
    'Aucun microphone ou aucune caméra n’a été trouvé. Branchez l’appareil, puis rappelez.',
  'phone.mic.taken':
    'Un autre programme utilise le microphone ou la caméra. Fermez-le, puis rappelez.',
  'phone.mic.insecure':
    'Les navigateurs n’autorisent les appels que sur des pages sécurisées. Pour appeler, ouvrez cette page à une adresse qui commence par https://.',
  'phone.mic.failed':
    'Le microphone ou la caméra ne fonctionne pas. Vérifiez l’appareil, puis rappelez.',
  'phone.unsupported':
    'Ce navigateur ne permet pas d’appeler. Vous pouvez quand même écrire et écouter.',
  'phone.lostMic':
    'Le microphone a été débranché. Choisissez-en un autre dans les paramètres d’appel.',
  'phone.tapToHear':
    'Le navigateur ne joue aucun son tant que vous n’avez pas touché la page. Touchez n’importe où.',
  'phone.incoming': '{name} vous appelle',
  'phone.incomingVideo': '{name} vous appelle en vidéo',
  'phone.answer': 'Répondre',
  'phone.answerVideo': 'En vidéo',
  'phone.decline': 'Refuser',
  'phone.call': 'Appeler',
  'phone.hangUp': 'Raccrocher',
  'phone.chooseHint': 'Choisissez une personne à appeler.',
  'phone.alone': 'Il n’y a personne d’autre ici pour le moment.',
  invite: 'Inviter',
  'invite.text': 'Venez discuter : {title}',
  'invite.copied': 'Lien copié.',
  'invite.lead': 'Toute personne qui ouvre ce lien ou scanne le code peut entrer.',
  'invite.address': 'Lien vers ce salon',
  'invite.copy': 'Copier le lien',
  'invite.share': 'Partager…',
  'invite.code': 'Code QR avec le lien vers ce salon',
  'invite.byHand':
    'Le navigateur ne peut pas le copier ici. Le lien est sélectionné : copiez-le vous-même.',
  'phone.withVideo': 'Appeler en vidéo',
  'phone.autoAnswer': 'Répondre automatiquement aux appels',
  'phone.ringOn': 'Sonner quand quelqu’un appelle',
  'phone.theirMicrophone': 'Le microphone de {name} est coupé.',
  'phone.theirCamera': 'La caméra de {name} est coupée.',
  'phone.relayOnly': 'Masquer mon adresse IP : appeler uniquement par le relais',
  'phone.mute': 'Muet',
  'phone.camera': 'Caméra',
  'phone.share': 'Écran',
  'phone.pip': 'Petite fenêtre',
  'phone.fullScreen': 'Plein écran',
  'phone.more': 'Appels et appareils',
  'phone.remoteVideo': 'L’image de l’autre personne',
  'phone.localVideo': 'Votre image',
  recipient: 'À',
  'recipient.other': 'Autre nom…',
  'recipient.open': 'Choisir une personne à appeler ou à qui écrire',
  'recipient.name': 'Nom de la personne à qui écrire',
  'recipient.all': 'Tout le monde',
  'recipient.away': '{name} (absent)',
  'recipient.choose': 'Écrire à {name} ou appeler',

  'quality.good': 'Bonne connexion',
  'quality.fair': 'Connexion moyenne',
  'quality.poor': 'Mauvaise connexion',
  'quality.details': '{rtt} ms aller-retour, {loss} % de pertes, {way}',
  'quality.direct': 'direct',
  'quality.relayed': 'par un relais',

  'device.audio': 'Microphone',
  'device.video': 'Caméra',
  'device.speaker': 'Haut-parleur',
  'device.soundAsIs': 'Son d’origine, sans traitement : pour la musique, avec un casque',
  'device.default': 'Par défaut du navigateur',
  'device.nameless': 'Appareil {n}',

  'test.button': 'Tester ma connexion',
  'test.running': 'Test en cours…',
  'test.direct.works': 'Direct : fonctionne. Vous pouvez appeler les personnes du même réseau.',
  'test.direct.fails':
    'Direct : ne fonctionne pas. Le navigateur ou un pare-feu bloque les appels.',
  'test.stun.works': 'STUN : fonctionne. Votre adresse vue de l’extérieur a été trouvée.',
  'test.stun.fails':
    'STUN : pas de réponse. Les appels vers d’autres réseaux peuvent échouer ; un pare-feu fait peut-être obstacle.',
  'test.stun.none':
    'STUN : ce site n’a pas de serveur STUN. Les appels ne passent qu’à l’intérieur d’un même réseau.',
  'test.turn.works':
    'TURN : fonctionne. Les appels passent même là où il n’y a pas de chemin direct.',
  'test.turn.fails':
    'TURN : le relais ne répond pas. Il est peut-être arrêté, ou un pare-feu fait obstacle.',
  'test.turn.refused':
    'TURN : le relais répond, mais n’accepte pas le mot de passe. Signalez-le au responsable du site.',
  'test.turn.half':
    'TURN : le relais nous accepte, mais deux personnes qui en ont besoin toutes les deux ne peuvent pas se joindre. Signalez-le au responsable du site.',
  'test.turn.none':
    'TURN : ce site n’a pas de relais. Entre des réseaux stricts, les appels peuvent échouer.',

  'chat.to': 'Message à {name}',
  'chat.toAll': 'Message à tout le monde',
  'chat.send': 'Envoyer',
  'chat.sounds': 'Signaler les messages par un son quand la page est masquée',
  'chat.notify': 'Autoriser les notifications',
  'chat.you': 'Vous',
  'chat.route': '{author} à {target}',
  'chat.sending': 'envoi…',
  'chat.sent': 'envoyé',
  'chat.delivered': 'remis',
  'chat.refused': 'refusé',
  'chat.filtered': 'bloqué par le pare-feu du site',
  'chat.retry': 'Réessayer',
  'chat.discard': 'Supprimer',
  'chat.reply': 'Répondre',
  'quote.cancel': 'Ne pas citer',
  'quote.gone': 'Ce à quoi ceci répond n’est plus là',
  'quote.answers': 'En réponse à {what}',
  'quote.words': '{author}, {time} : {words}',
  'chat.private': 'privé',
  'chat.received': '',
  'chat.note': '',
  'chat.missed': 'Appel manqué',
  'chat.news': '{author} : {text}',
  'chat.unsentHint': 'Les messages non envoyés sont conservés.',

  recorder: 'Enregistreur',
  level: 'Niveau du microphone',
  record: 'Enregistrer',
  'record.again': 'Réenregistrer',
  'record.more': 'Description, fichier et plus',
  'record.starting': 'Ouverture du microphone…',
  'record.release': 'Relâcher pour arrêter',
  'record.stop': 'Arrêter',
  'record.stopping': 'Finalisation…',
  'record.hint':
    'Cliquez pour commencer, cliquez encore pour arrêter. Ou maintenez plus de {click} pendant que vous parlez ; ou maintenez la barre d’espace.',
  'record.hintTouch':
    'Touchez pour commencer, touchez encore pour arrêter. Ou maintenez plus de {click} pendant que vous parlez.',
  'record.hintHeld':
    'Relâchez pour arrêter. Pour annuler, faites d’abord glisser hors du bouton ou appuyez sur Échap.',
  'record.away': 'Relâcher pour annuler',
  'record.ended': 'L’enregistrement est terminé',
  'record.ending': 'Fin dans {seconds} s',
  'record.tooShort': 'C’était trop court. Maintenez la barre d’espace pendant que vous parlez.',
  'record.cancelled': 'L’enregistrement a été annulé et n’a pas été envoyé.',
  'record.unattended':
    'Vous êtes en direct, mais personne n’a touché la page depuis un moment. Le direct se termine dans {length} : touchez n’importe où pour continuer.',
  'record.uploading': 'Envoi…',
  'record.hintLocked':
    'Enregistrement mains libres. Appuyez encore pour arrêter, ou sur Échap pour annuler.',
  'record.hintReady': 'Le microphone est prêt. Maintenez le bouton et parlez.',
  'record.limits': 'Jusqu’à {length} et {size} par clip.',
  'record.count': {
    one: 'Clips conservés : {count}, le plus récent.',
    other: 'Les {count} clips les plus récents sont conservés.',
  },
  'record.lifetime': 'Les clips sont conservés pendant {length}.',
  'record.slow': 'Connexion lente : les clips sont plus petits.',
  'record.noPicture':
    'Ce navigateur ne sait pas enregistrer l’image, bien qu’il dise le contraire. Appuyez encore sur « Enregistrer » pour n’enregistrer que le son.',
  'record.saving': 'Économie de données : les clips sont plus petits.',
  'record.streaming': 'Envoie {length} à la fois pendant que vous continuez.',
  kind: 'Quoi enregistrer',
  'kind.audio': 'Audio',
  'kind.video': 'Vidéo',
  mode: 'Après l’enregistrement',
  'mode.stop': 'Me demander',
  'mode.upload': 'Envoyer aussitôt',
  chunk: 'Durée de chaque morceau, en secondes',
  preset: 'Qualité de l’image',
  'preset.auto': 'Celle de la caméra par défaut',
  'preset.640x480@15': '640 × 480, 15 i/s',
  'preset.640x480@30': '640 × 480, 30 i/s',
  'preset.800x600@30': '800 × 600, 30 i/s',
  'preset.960x720@30': '960 × 720, 30 i/s',
  'preset.1280x720@30': '1280 × 720, 30 i/s',
  'preset.320x240@15': 'Basse, 320 × 240, 15 i/s',
  showPreview: 'Afficher ma propre image',
  pausePlayer: 'Suspendre la lecture pendant l’enregistrement',
  keepReady: 'Garder le microphone prêt entre les enregistrements',
  description: 'Description',
  'description.hint': 'De quoi il s’agit (facultatif)',
  recorded: 'Le clip enregistré',
  'recorded.upload': 'Envoyer',
  'recorded.play': 'Écouter',
  'recorded.stop': 'Arrêter',
  'recorded.discard': 'Supprimer',
  uploading: 'Envoi',
  undo: 'Rétablir',
  'draft.discarded': 'Clip supprimé.',
  'draft.files': {
    one: '{count} fichier ajouté. Envoyez-le ou supprimez-le.',
    other: '{count} fichiers ajoutés. Envoyez ou supprimez celui-ci pour voir le suivant.',
  },

  'cut.limit':
    'L’enregistrement est terminé : la limite ici est de {length}. Appuyez encore pour continuer.',
  'cut.lost':
    'L’enregistrement est terminé : le microphone a été débranché, ou le navigateur n’a plus le droit de l’utiliser. Ce que vous avez dit jusque-là n’est pas perdu.',
  'cut.broken':
    'L’enregistrement est terminé : le navigateur l’a arrêté. Ce que vous avez dit jusque-là n’est pas perdu.',
  'cut.unattended':
    'Le direct est terminé, car personne n’a touché la page pendant {length}. Appuyez encore pour continuer.',

  'leave.unsent':
    'Un de vos enregistrements n’a pas encore été envoyé. Il est conservé dans ce navigateur.',
  'leave.unkept':
    'Un de vos enregistrements n’a pas encore été envoyé, et ce navigateur ne peut pas le conserver.',
  'leave.recording': 'Vous étiez en train d’enregistrer. Décidez du sort du clip, puis quittez.',
  'leave.anyway': 'Quitter quand même',

  'file.choose': 'Choisir un fichier',
  'file.drop': 'Déposez le fichier pour en faire un clip',
  'file.format':
    '« {name} » ne peut pas être envoyé ici : ce navigateur ne sait écrire aucun des formats que ce salon accepte.',
  'file.unplayable':
    'Ce navigateur ne peut pas lire le son de « {name} », qui ne peut donc pas être envoyé comme clip.',
  'file.noPicture':
    'Ce navigateur ne peut pas lire l’image de « {name} », et le son seul ne serait pas la même chose ; le fichier n’a donc pas été ajouté. S’il vient d’un téléphone, envoyez-le de là, ou choisissez « Le plus compatible » dans les réglages de l’appareil photo.',
  'file.unreadable': '« {name} » n’est pas un enregistrement que cette page peut lire.',
  'file.cut': '« {name} » est trop long pour ce salon : seul le début ({length}) a été conservé.',
  'file.fitting': 'Conversion de « {name} »',
  'file.noVideo': '« {name} » contient une image, mais ce salon n’accepte que le son.',

  motion: 'Détecteur de mouvement',
  'motion.on': 'Enregistrer quand l’image change',
  'motion.preset': 'Que détecter',
  'motion.person': 'Une personne dans la pièce',
  'motion.small': 'Un petit animal ou un léger mouvement',
  'motion.large': 'Seulement les grands mouvements',
  'motion.custom': 'Réglages personnels',
  'motion.more': 'Plus de réglages',
  'motion.view': 'Ce que voit le détecteur de mouvement',
  'motion.quiet': 'Rien ne bouge : {percent} % de l’image a changé.',
  'motion.moves': 'Quelque chose bouge : {percent} % de l’image a changé.',
  'motion.ci': 'Intervalle, en millisecondes',
  'motion.fu': 'Tolérance de chaque cellule, %',
  'motion.ac': 'Changement admis, %',
  'motion.pf': 'Ce qui est comparé',
  'motion.dbh': 'Toute l’image, floutée',
  'motion.c9': '9 cellules',
  'motion.c25': '25 cellules',
  'motion.fr3': 'Trois cadres le long du bord',
  'motion.br': 'Flou, en pixels',
  'motion.sp': 'Partie de chaque cellule qui compte',
  'motion.cell': 'La cellule entière',
  'motion.px1': 'Son pixel central',
  'motion.px9': 'Ses neuf pixels centraux',
  'motion.sf': 'Lissage, en images',
  'motion.mf': 'Mesure',
  'motion.cf': 'Comparer par',
  'motion.green': 'Vert',
  'motion.hue': 'Teinte',
  'motion.subtract': 'Différence',
  'motion.percent': 'Pourcentage',
  'remote.on': 'Laisser les autres commander l’enregistreur par message',
  'remote.pin': 'Code PIN :',
  'remote.hint':
    'Toute personne qui le connaît peut vous envoyer un message avec le code PIN et une commande (echo, on, off, mdon, mdoff, mdset ci=500 fu=4 …).',
  'remote.done': 'Fait : {command}',
  'remote.state': 'Enregistreur : {recorder}. Détecteur de mouvement : {motion}. {settings}',
  'remote.isOn': 'en marche',
  'remote.isOff': 'arrêté',
  'remote.bad': 'Non compris : {text}',
  'remote.failed': 'Échec : pas de caméra ou de microphone.',
  'remote.guessed':
    'Quelqu’un a essayé de mauvais codes PIN ; la commande par message a donc été désactivée.',

  'mic.open': 'Le microphone reste ouvert pour que votre premier mot ne soit pas perdu.',
  'mic.release': 'Le fermer',

  'mic.denied':
    'Le navigateur n’a pas le droit d’utiliser le microphone. Autorisez-le pour ce site (l’icône à côté de l’adresse), puis appuyez encore sur « Enregistrer ». Vous pouvez quand même écouter.',
  'mic.deniedVideo':
    'Le navigateur n’a pas le droit d’utiliser la caméra et le microphone. Autorisez-les pour ce site (l’icône à côté de l’adresse), puis appuyez encore sur « Enregistrer ».',
  'mic.missing':
    'Aucun microphone n’a été trouvé. Branchez-en un, puis appuyez encore sur « Enregistrer ». Vous pouvez quand même écouter.',
  'mic.missingVideo':
    'La caméra ou le microphone est introuvable. Branchez l’appareil, ou choisissez « Audio », puis appuyez encore sur « Enregistrer ».',
  'mic.taken':
    'Un autre programme utilise le microphone. Fermez-le (un appel, un autre onglet), puis appuyez encore sur « Enregistrer ».',
  'mic.takenVideo':
    'Un autre programme utilise la caméra ou le microphone. Fermez-le, puis appuyez encore sur « Enregistrer ».',
  'mic.insecure':
    'Les navigateurs n’enregistrent que sur des pages sécurisées. Pour enregistrer, ouvrez cette page à une adresse qui commence par https://. Vous pouvez quand même écouter.',
  'mic.unsupported':
    'Ce navigateur ne sait enregistrer dans aucun des formats que ce salon accepte. Vous pouvez quand même écouter ; un Chrome, Firefox ou Safari récent sait enregistrer.',
  'mic.empty': 'Le navigateur n’a rien enregistré. Appuyez sur « Enregistrer » pour réessayer.',
  'mic.lost':
    'Le microphone a été débranché ou éteint. Appuyez sur « Enregistrer » pour réessayer.',
  'mic.failed': 'L’enregistrement a échoué ({reason}). Appuyez sur « Enregistrer » pour réessayer.',

  outbox: 'Pas encore envoyé',
  'outbox.waiting': 'en attente d’envoi',
  'outbox.sending': 'envoi en cours',
  'outbox.kept': 'conservé, sera renvoyé',
  'outbox.unkept': 'seulement sur cette page, sera renvoyé',
  'outbox.refused': 'refusé',
  'outbox.retry': 'Envoyer maintenant',
  'outbox.again': 'Réessayer',
  'outbox.send': 'Envoyer',
  'outbox.listen': 'Écouter',
  'outbox.draftUnkept': '(seulement sur cette page)',
  'outbox.discard': 'Supprimer',
  'outbox.item': '{time}, {length}, {size}',
  'outbox.itemElsewhere': '{time}, {length}, {size}, pour {realm}',
  'outbox.keptNotice':
    'Le clip n’a pas encore été envoyé. {reason} Il est conservé et sera renvoyé.',
  'outbox.keptOffline':
    'Pas de connexion. Le clip est conservé et sera envoyé dès qu’il y en aura une.',
  'outbox.filtered':
    'Un pare-feu devant le serveur l’a bloqué ({status}). Votre clip n’y est pour rien ; le responsable du site peut l’autoriser.',
  'outbox.unkeptNotice':
    'Le clip n’a pas encore été envoyé. {reason} Ce navigateur ne peut pas le conserver : laissez cette page ouverte, et il sera renvoyé d’ici. Ou téléchargez-le.',
  'outbox.refusedNotice':
    'Le clip a été refusé. {reason} Vous pouvez réessayer, le télécharger ou le supprimer.',

  player: 'Lecteur',
  'player.stopped': 'Arrêté',
  'player.standby': {
    one: 'En attente. {count} clip à écouter',
    other: 'En attente. {count} clips à écouter',
  },
  'player.playing': 'Lecture : {author}',
  'player.talking': '{author} parle',
  'player.unheard': 'Écouter les nouveaux ({n})',
  'player.next': 'Passer au clip suivant',
  'player.paused': 'En pause',
  'player.loading': 'Chargement : {author}…',
  'player.blocked': 'Touchez la page pour entendre le son',
  'player.unblock': 'Touchez pour entendre les nouveaux clips',
  'player.pause': 'Pause',
  'player.resume': 'Reprendre',
  'player.stop': 'Arrêter',
  'player.stopAfter': 'Arrêter après celui-ci',
  standby: 'Attente',
  'standby.hint':
    'Retenir les nouveaux clips. Appuyez encore pour reprendre là où vous vous étiez arrêté',
  seek: 'Position dans le clip',
  'seek.value': '{now} sur {length}',
  rate: 'Vitesse',
  playNew: 'Lire les nouveaux clips',
  skipMine: 'Seulement ceux des autres',
  listen: 'Lire toutes les nouveautés, même quand la page est masquée',
  refresh: 'Chercher de nouveaux clips et messages',
  'refresh.long': 'Aussitôt (long polling)',
  'refresh.every': 'Intervalle : {length}',
  'refresh.off': 'Seulement quand j’appuie sur « Actualiser »',
  'refresh.now': 'Actualiser',

  'clip.audio': 'Audio',
  'clip.video': 'Vidéo',
  'clip.play': 'Lire',
  'clip.playFrom': 'Lire à partir d’ici',
  'clip.more': 'Plus',
  'clip.delete': 'Supprimer',
  'clip.deleteConfirm': 'Supprimer définitivement',
  'clip.new': 'nouveau',
  'clip.mine': 'de vous',
  'clip.heard': 'écouté',
  'clip.playing': 'en lecture',
  'clip.paused': 'en pause',
  'clip.failed': 'lecture impossible',
  'clip.named': '{action} : {author}, {time}',
  'clip.notThere': 'Ce clip n’est plus ici. Il a expiré ou a été supprimé.',
  'clip.arrived': 'Nouveau clip de {author}',
  'free.space': '{free} libres sur {all}',
  'free.only': '{free} libres',

  'error.network': 'Le serveur est injoignable. Êtes-vous en ligne ?',
  'tried.at': '(Essai : {url}.)',
  'error.portal':
    'Ce réseau répond à la place du serveur : il demande sans doute une identification, comme dans les hôtels et les cafés. Pour cela, ouvrez n’importe quelle autre page web.',
  'error.broken':
    'La connexion a été coupée pendant l’envoi du clip ({size}), alors que le serveur répond. Un proxy ou un pare-feu n’accepte peut-être que des clips plus petits.',
  'error.web-limit':
    'Le serveur web, ou un proxy placé devant lui, n’accepte pas un clip de {size} (413). La limite de ce salon est de {max}. Enregistrez un clip plus court, ou signalez-le au responsable du site.',
  'error.timeout': 'Le serveur a mis trop longtemps à répondre.',
  'error.unreachable': 'Le programme {url} ne fonctionne pas sur le serveur (état {status}).',
  'error.notJson':
    'La réponse de {url} n’a pas été comprise : le serveur semble envoyer le fichier du programme au lieu de l’exécuter.',
  'error.incomplete':
    'Certains fichiers de la page n’ont pas pu être chargés. Elle est peut-être en cours de mise à jour : réessayez dans une minute.',
  'error.noPrograms': 'La page ne trouve pas ses programmes sur le serveur. Essais :',
  'error.noProgramsHelp':
    'Si ce site est le vôtre : INSTALL.html dit que faire. Les adresses sont dans index.html, à la ligne qui contient mozchat-programs.',
  'error.toTheAdmin': 'Si ce site est le vôtre : {url} dit ce qui ne va pas, et que faire.',
  'tried.403':
    'interdit (403). Le fichier .htaccess du dossier manque, ou l’hébergeur n’y autorise pas les programmes.',
  'tried.404': 'il n’y a rien là (404).',
  'tried.500':
    'il est là, mais le serveur n’a pas pu l’exécuter (500). Les droits doivent être 755, et la copie doit avoir été faite en mode binaire.',
  'tried.notRun':
    'le serveur envoie le fichier au lieu de l’exécuter. CGI est désactivé dans ce dossier, ou .htaccess manque.',
  'tried.page':
    'une page web est arrivée au lieu de la réponse d’un programme. Soit il n’y a rien là, soit ce réseau demande une identification.',
  'tried.other': 'le serveur a répondu avec l’état {status}.',
  'error.filtered':
    'Un pare-feu de l’hébergeur a bloqué le message à cause de son texte. Il est mis de côté ; les autres sont envoyés.',
  'error.unknown': 'Un problème est survenu ({reason}).',
  'error.bad-user': 'Le serveur n’accepte pas ce nom.',
  'error.no-thread': 'Ce salon n’existe pas, ou n’existe plus.',
  'error.reserved-thread':
    'Aucun salon ne peut porter ce nom : le site lui-même l’utilise. Si ce site est le vôtre, renommez le dossier du salon.',
  'error.no-clip': 'Ce clip n’est plus là.',
  'error.not-permitted': 'Ce salon ne le permet pas.',
  'error.long-description': 'La description est trop longue.',
  'error.too-large': 'Le clip dépasse la taille admise dans ce salon.',
  'error.tooLarge': 'Le clip fait {size} ; ce salon accepte {max} au maximum.',
  'error.bad-format': 'Ce salon n’accepte pas les clips dans ce format.',
  'error.empty': 'Le clip est vide.',
  'error.cut-off': 'La connexion a été coupée pendant l’envoi.',
  'error.password': 'Ce salon est fermé. Saisissez son mot de passe.',
  'error.bad-password': 'Ce n’est pas le bon mot de passe. Réessayez.',
  'error.moderator':
    'Ce nom appartient à un modérateur. Saisissez le mot de passe des modérateurs.',
  'error.slow-down': 'Trop de requêtes en peu de temps. Attendez un peu, puis réessayez.',
  'error.name-taken': 'Quelqu’un porte déjà ce nom ici. Choisissez-en un autre.',
  'error.bad-code': 'Le code est faux ou trop ancien. Créez-en un nouveau.',
  'error.banned': 'Un modérateur a banni ce nom du salon.',
  'error.muted': 'Un modérateur vous a rendu muet ici. Vous pouvez encore écouter.',
  'error.foreign': 'Le serveur refuse les requêtes d’autres sites. Rechargez la page.',
  'error.not-held':
    'Ce navigateur n’enregistre pas les cookies ; le nom ne peut donc pas passer sur un autre appareil.',
  'error.bad-content': 'Le contenu du fichier ne correspond pas à son nom.',
  'error.busy': 'Le salon est occupé.',
  'error.disk': 'Le disque du serveur est plein.',
};
