/** Emoji that people use, each with words by which it is found in both languages. */
const text = `
😀 senyum smile|😁 nyengir grin|😂 ketawa tawa laugh joy|🤣 ngakak rofl laugh|😊 senang blush smile|🙂 senyum smile|😉 kedip wink|😍 suka cinta love eyes|🥰 sayang love|😘 cium kiss|😋 enak lezat yummy|😎 keren cool|🤩 kagum wow star|🥳 pesta party|😇 malaikat angel
😅 keringat sweat|🙃 terbalik upside|🤔 pikir mikir think|🤨 curiga raised|😐 datar neutral|🙄 malas roll eyes|😏 smirk|😬 meringis grimace|😌 lega relieved|😴 tidur sleep|🤤 ngiler drool|😷 masker sakit mask sick|🤒 demam fever|🤧 pilek sneeze|🥴 pusing woozy
😮 kaget wow surprised|😱 takut teriak scream|😢 sedih sad cry|😭 nangis cry sob|😞 kecewa disappointed|😔 murung sad|😩 lelah weary|😤 kesal huff|😡 marah angry|🤬 maki swear|🥺 mohon plead|😳 malu flushed|🤗 peluk hug|🤭 ups oops|🤫 diam hush|🤝 salaman sepakat deal handshake
👍 oke setuju jempol like thumbs up|👎 tidak dislike thumbs down|👌 oke sip ok|✌️ damai peace|🤞 semoga fingers crossed|👏 tepuk tangan clap|🙌 hore hooray|🙏 terima kasih makasih mohon tolong thanks please|👋 halo dadah hello bye wave|💪 kuat semangat strong|👉 kanan right|👈 kiri left|👆 atas up|👇 bawah down|☝️ satu one|✍️ tulis write|🫶 cinta heart hands|🤙 telepon call
❤️ hati cinta love heart red|🧡 hati oranye orange heart|💛 hati kuning yellow heart|💚 hati hijau green heart|💙 hati biru blue heart|💜 hati ungu purple heart|🖤 hati hitam black heart|🤍 hati putih white heart|💔 patah hati broken heart|💕 cinta hearts|💖 cinta sparkle heart|💯 seratus hundred|✨ kilau sparkles|⭐ bintang star|🌟 bintang star|🔥 api panas mantap fire hot|🎉 pesta selamat party|🎊 pesta confetti|🎁 hadiah kado gift|🎂 ulang tahun kue birthday cake|🎈 balon balloon
✅ sudah selesai centang done check|☑️ centang check|❌ salah batal no cross|❗ penting important|❓ tanya question|⚠️ awas peringatan warning|⛔ dilarang stop forbidden|🆗 oke ok|🆕 baru new|🔔 lonceng bell|🔕 diam mute|⏰ alarm jam clock|⌛ tunggu wait hourglass|📅 tanggal kalender calendar date|📍 lokasi tempat location pin|🗺️ peta map|🏠 rumah home house|🏪 toko shop store|🏢 kantor office|🕌 masjid mosque
📦 paket kirim package box|🚚 kirim truk delivery truck|🛵 motor kurir scooter|✈️ pesawat plane|🚗 mobil car|🛍️ belanja shopping|🛒 keranjang cart|💰 uang money|💵 uang dolar cash|💳 kartu card|🧾 nota struk receipt|🏷️ harga label tag|💸 bayar pay money|📈 naik up chart|📉 turun down chart|🪙 koin coin|🏦 bank
📞 telepon phone call|📱 hp ponsel mobile phone|💻 laptop komputer computer|📧 email surel mail|📝 catatan note|📄 dokumen document|📎 lampiran attachment clip|📷 foto kamera photo camera|🎥 video|🎤 mik microphone|🔗 tautan link|🔑 kunci key|🔒 aman lock|💡 ide lampu idea bulb|🔧 perbaiki fix tool|🎓 sekolah lulus school|📚 buku books|✂️ gunting scissors
🍰 kue cake|🍫 cokelat chocolate|🍪 kue kering cookie|🍩 donat donut|🍞 roti bread|🍚 nasi rice|🍜 mi bakso noodles|🍗 ayam chicken|🍟 kentang fries|🍕 pizza|🍔 burger|🥗 salad|🍳 telur egg|🌶️ pedas cabai chili hot|🍎 apel apple|🍌 pisang banana|🍉 semangka watermelon|🥥 kelapa coconut|🥭 mangga mango|☕ kopi coffee|🍵 teh tea|🧋 boba|🥤 minum drink|💧 air water
🌞 matahari sun|🌙 bulan malam moon night|🌧️ hujan rain|🌈 pelangi rainbow|🌸 bunga flower|🌹 mawar rose|🌺 bunga hibiscus|🌻 bunga sunflower|🌴 pohon kelapa palm|🌿 daun leaf|🐱 kucing cat|🐶 anjing dog|🐔 ayam chicken|🐟 ikan fish|🦋 kupu butterfly|🐝 lebah bee|⚽ bola football|🏆 juara piala trophy|🎵 musik music|🎮 main game|🇮🇩 indonesia merdeka flag|🕋 kabah|🌍 dunia world|👶 bayi baby|👨‍👩‍👧 keluarga family|👩‍🍳 koki cook chef|💃 joget dance|🏃 lari run|🙋 saya hand raise|🤷 entah shrug|🤦 aduh facepalm|👀 lihat eyes look|🧠 otak brain
`;

export interface Emoji {
	emoji: string;
	words: string;
}

/** All emoji of the picker, in its order. */
export const emojiList: Emoji[] = text
	.trim()
	.split(/[|\n]/)
	.map((entry) => {
		const space = entry.indexOf(" ");
		return { emoji: entry.slice(0, space), words: entry.slice(space + 1) };
	});

/** The emoji in whose words every word of the text is found. */
export function findEmoji(search: string): Emoji[] {
	const parts = search.toLowerCase().split(/\s+/).filter(Boolean);
	return emojiList.filter((one) => parts.every((part) => one.words.split(" ").some((word) => word.startsWith(part))));
}
