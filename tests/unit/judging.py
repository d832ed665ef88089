"""A scripted model that judges, for tests of evaluators that ask one."""

from evoengine.effects import Generated


class Asked:
    """Answers questions by a function of the prompt's last message and the sample, and keeps them."""

    def __init__(self, answer, likelihoods=None):
        self._answer = answer
        self._likelihoods = likelihoods
        self.questions = []

    def __call__(self, questions):
        self.questions += questions
        return [self._reply(question) for question in questions]

    def _reply(self, question):
        text = self._answer(question.request.messages[-1].content, question.sample)
        given = (self._likelihoods,) if self._likelihoods else ()
        return Generated((text,) if text else (), "judge", likelihoods=given)
