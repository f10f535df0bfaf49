(async () => {
  const canvas = new OffscreenCanvas(1440, 900);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, 1440, 900);
  pen.fillStyle = '#1a1c23';
  pen.font = 'bold 58px sans-serif';
  pen.fillText('Attention Is All You Need', 120, 130);
  pen.fillStyle = '#c9ccd6';
  for (let line = 0; line < 17; line++) pen.fillRect(120, 190 + line * 38, line % 6 === 5 ? 320 : 560, 15);
  const boxes = [['#f3a64a', 250], ['#7db7e8', 370], ['#f3a64a', 490], ['#9ad1a4', 610]];
  for (const left of [800, 1090]) {
    pen.strokeStyle = '#9aa0ad';
    pen.lineWidth = 5;
    pen.strokeRect(left - 24, 210, 258, 530);
    for (const [colour, top] of boxes) {
      pen.fillStyle = colour;
      pen.fillRect(left, top, 210, 84);
    }
  }
  return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }));
})()
