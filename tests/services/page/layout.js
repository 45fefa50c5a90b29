// What is wrong with the layout of the page as it stands: a list of sentences, empty where nothing is.
() => {
  const wrong = [], shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen, .skip, option");
  const what = (element) => `${element.tagName}.${element.getAttribute("class") ?? ""} "${element.textContent.slice(0, 40)}"`;
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const texts = [];
  // The part of a box that a scrolled table leaves to be seen: not what is outside of it.
  const seen = (box, element) => {
    const frame = element.closest(".scroll");
    if (frame === null) return box;
    const { left, right, bottom, top } = frame.getBoundingClientRect();
    const inside = { left: Math.max(box.left, left), right: Math.min(box.right, right), top: Math.max(box.top, top), bottom: Math.min(box.bottom, bottom) };
    inside.height = inside.bottom - inside.top;
    return inside.right > inside.left && inside.height > 0 ? inside : null;
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!shown(element) || element.closest(".gutter > span")) continue;
    if (!element.closest("svg, .scroll") && element.clientWidth && element.scrollWidth > element.clientWidth + 1) wrong.push(`cut: ${what(element)}`);
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = element.closest("svg") ? [element.getBoundingClientRect()] : range.getClientRects();
      for (const whole of boxes) {
        const box = seen(whole, element);
        if (box === null) continue;
        if (!element.closest(".scroll") && (box.left < -1 || box.right > innerWidth + 1)) wrong.push(`off the page: ${what(element)}`);
        const less = box.height * 0.2;
        texts.push({ element, left: box.left + 1, right: box.right - 1, top: box.top + less, bottom: box.bottom - less });
      }
    }
  }
  texts.forEach((one, place) => {
    for (const other of texts.slice(place + 1)) {
      if (one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom) {
        wrong.push(`over each other: ${what(one.element)} and ${what(other.element)}`);
      }
    }
  });
  return wrong;
}
